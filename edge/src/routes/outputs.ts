import { createRoute, z } from "@hono/zod-openapi";
import { OutputLink } from "@reelway/shared/contracts/job";
import { OutputName } from "@reelway/shared/contracts/manifest";
import { QualityName } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { mainOutput, outputLinks, outputNamed, outputOfRole, outputsOf, type StoredOutput } from "../jobs/outputs.ts";
import { serveOutput } from "../jobs/serve-output.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { playRequestOf } from "../playback/play-request.ts";
import { serveLadder } from "../playback/serve-ladder.ts";
import { serveThumbnailOf } from "../playback/serve-thumbnail.ts";
import { fileTypes } from "../storage/file-types.ts";
import { findJob, findJobWithSource } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";
import { countDelivered } from "../usage/delivered.ts";

const params = z.object({ id: JobId });
const ThumbnailTime = z.coerce
  .number()
  .min(0)
  .max(1_000_000)
  .openapi({ description: "Seconds from the start of a stream", example: 12.5 });
/** As in the plan's ladder, or by the shorter side of a video. */
const Quality = QualityName.openapi({ description: "By name", example: "720p" });
const canRead = { tags: ["outputs"], ...needs("jobs:read") };
const rangeHeaders = z.object({
  range: z.string().optional().openapi({ description: "One range of bytes (RFC 9110 §14.2)", example: "bytes=0-1023" }),
  "if-none-match": z
    .string()
    .optional()
    .openapi({ description: "The ETag that the caller has: 304 where it still holds" }),
  "if-range": z
    .string()
    .optional()
    .openapi({ description: "The ETag that the range is of: else the whole file comes" }),
});
const etag = { $ref: "#/components/headers/etag" };
const acceptRanges = { "accept-ranges": { $ref: "#/components/headers/accept-ranges" } };
const fileOf = (types: readonly string[]) => {
  const content = Object.fromEntries(types.map((type) => [type, {}]));
  return {
    200: { description: "The file", headers: { etag, ...acceptRanges }, content },
    206: {
      description: "The range of it that was asked for",
      headers: { etag, ...acceptRanges, "content-range": { $ref: "#/components/headers/content-range" } },
      content,
    },
    304: { description: "The caller has it already", headers: { etag } },
  };
};

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/outputs",
  summary: "Presigned GETs of a job's outputs",
  request: { params },
  ...problems("job_not_finished", "output_expired", "output_not_found"),
  responses: {
    200: jsonResponse(z.object({ items: z.array(OutputLink) }), "One link per output"),
  },
});

const download = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/download",
  summary: "Download an output; the main one without a name",
  request: {
    params,
    query: z.object({ name: OutputName.optional(), quality: Quality.optional() }),
    headers: rangeHeaders,
  },
  ...problems(
    "job_not_finished",
    "no_single_file",
    "output_expired",
    "output_not_found",
    "range_not_satisfiable",
    "storage_unavailable",
  ),
  responses: fileOf(fileTypes),
});

const stream = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/stream",
  summary: "Play the result: a playlist of a stream, else the main output",
  request: { params, query: z.object({ quality: Quality.optional() }), headers: rangeHeaders },
  ...problems(
    "job_not_finished",
    "no_single_file",
    "stream_not_ready",
    "output_expired",
    "output_not_found",
    "range_not_satisfiable",
    "storage_unavailable",
  ),
  responses: fileOf(fileTypes),
});

const metadata = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/metadata",
  summary: "Download the technical metadata of source and result",
  request: { params, headers: rangeHeaders },
  ...problems("job_not_finished", "output_expired", "output_not_found", "range_not_satisfiable", "storage_unavailable"),
  responses: fileOf(["application/json"]),
});

const thumbnail = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/thumbnail",
  summary: "Download the poster, or the picture of a second of a stream",
  request: { params, query: z.object({ time: ThumbnailTime.optional() }), headers: rangeHeaders },
  ...problems(
    "job_not_finished",
    "not_a_stream",
    "output_expired",
    "output_not_found",
    "range_not_satisfiable",
    "storage_unavailable",
  ),
  responses: fileOf(fileTypes.filter((type) => type.startsWith("image/"))),
});

export function outputsRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json({ items: await outputLinks(c.get("settings"), job) }, 200);
  });

  router.openapi(download, (c) => {
    const wanted = c.req.valid("query");
    return serve(c, c.req.valid("param").id, (job) => outputNamed(job, wanted));
  });
  router.openapi(stream, async (c) => {
    const { id } = c.req.valid("param");
    const wanted = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const job = await findJob(c.env, tenantId, id);
    if (!job) throw new ReelwayError("not_found");
    if (job.kind !== "stream") return serve(c, id, (found) => outputNamed(found, wanted), { inline: true });
    return serveLadder(c.env, c.get("settings"), { tenantId, id, now: Date.now(), ...wanted }, playRequestOf(c));
  });
  router.openapi(metadata, (c) => serve(c, c.req.valid("param").id, (job) => outputOfRole(job, "metadata")));
  router.openapi(thumbnail, async (c) => {
    const { id } = c.req.valid("param");
    const { time } = c.req.valid("query");
    if (time === undefined) return serve(c, id, (job) => outputOfRole(job, "poster"));
    const { tenantId } = callerOf(c);
    return countDelivered(c, tenantId, await serveThumbnailOf(c.env, { tenantId, id, time }, playRequestOf(c)));
  });

  return router;
}

async function serve(
  c: Context<AppEnv>,
  id: string,
  choose: (job: JobRow) => StoredOutput,
  { inline = false } = {},
): Promise<Response> {
  const found = await findJobWithSource(c.env, callerOf(c).tenantId, id);
  if (!found) throw new ReelwayError("not_found");
  const output = choose(found.job);
  const response = await serveOutput(c.env, output, {
    method: c.req.method,
    header: (name) => c.req.header(name),
    setHeader: (name, value) => c.header(name, value),
    region: found.job.region,
    sourceName: found.source.name,
    isMain: mainOutput(outputsOf(found.job))?.file.name === output.file.name,
    inline,
  });
  return countDelivered(c, found.job.tenantId, response);
}
