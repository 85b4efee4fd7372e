import { createRoute, z } from "@hono/zod-openapi";
import { OutputLink } from "@reelway/shared/contracts/job";
import { OutputName } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { mainOutput, outputLinks, outputNamed, outputOfRole, outputsOf, type StoredOutput } from "../jobs/outputs.ts";
import { serveOutput } from "../jobs/serve-output.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findJob, findJobWithSource } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";

const params = z.object({ id: JobId });
const canRead = { tags: ["outputs"], ...needs("jobs:read") };
const bytes = { description: "The file; one Range is served", content: { "application/octet-stream": {} } };
const fileResponses = {
  200: bytes,
  206: { ...bytes, description: "A part of the file" },
  304: { description: "The caller has it already" },
  ...problemResponses,
};

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/outputs",
  summary: "Presigned GETs of a job's outputs",
  request: { params },
  responses: {
    200: jsonResponse(z.object({ items: z.array(OutputLink) }), "One link per output"),
    ...problemResponses,
  },
});

const download = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/download",
  summary: "Download an output; the main one without a name",
  request: { params, query: z.object({ name: OutputName.optional() }) },
  responses: fileResponses,
});

const metadata = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/metadata",
  summary: "Download the technical metadata of source and result",
  request: { params },
  responses: fileResponses,
});

const thumbnail = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/thumbnail",
  summary: "Download the poster",
  request: { params },
  responses: fileResponses,
});

export function outputsRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json({ items: await outputLinks(c.get("settings"), job) }, 200);
  });

  router.openapi(download, (c) => {
    const { name } = c.req.valid("query");
    return serve(c, c.req.valid("param").id, (job) => outputNamed(job, name));
  });
  router.openapi(metadata, (c) => serve(c, c.req.valid("param").id, (job) => outputOfRole(job, "metadata")));
  router.openapi(thumbnail, (c) => serve(c, c.req.valid("param").id, (job) => outputOfRole(job, "poster")));

  return router;
}

async function serve(c: Context<AppEnv>, id: string, choose: (job: JobRow) => StoredOutput): Promise<Response> {
  const found = await findJobWithSource(c.env, callerOf(c).tenantId, id);
  if (!found) throw new ReelwayError("not_found");
  const output = choose(found.job);
  return serveOutput(c.env, output, {
    method: c.req.method,
    header: (name) => c.req.header(name),
    setHeader: (name, value) => c.header(name, value),
    region: found.job.region,
    sourceName: found.source.name,
    isMain: mainOutput(outputsOf(found.job))?.file.name === output.file.name,
  });
}
