import { createRoute, z } from "@hono/zod-openapi";
import { Job, JobRequest, JobStatus, JobsQuery } from "@reelway/shared/contracts/job";
import { page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import type { Context } from "hono";
import { liveStatus } from "../channel/current-status.ts";
import { dispatchJob } from "../dispatch/dispatch.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { cancelJob } from "../jobs/cancel-job.ts";
import { type CreatedJob, createJob } from "../jobs/create-job.ts";
import { presentJob } from "../jobs/present-job.ts";
import { retryJob } from "../jobs/retry-job.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findJob, listJobs } from "../store/jobs.ts";

const params = z.object({ id: JobId });
const canRead = { tags: ["jobs"], ...needs("jobs:read") };
const canWrite = { tags: ["jobs"], ...needs("jobs:write") };

const create = createRoute({
  ...canWrite,
  method: "post",
  path: "/jobs",
  summary: "Convert, picture or probe an asset",
  request: { headers: idempotencyHeader, body: jsonBody(JobRequest) },
  responses: { 201: jsonResponse(Job, "The job, accepted"), ...problemResponses },
});

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs",
  summary: "List jobs, newest first",
  request: { query: JobsQuery },
  responses: { 200: jsonResponse(page(Job), "A page of jobs"), ...problemResponses },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}",
  summary: "Read a job",
  request: { params },
  responses: { 200: jsonResponse(Job, "The job"), ...problemResponses },
});

const status = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/status",
  summary: "State, stage and percent: the small answer for pollers",
  request: { params },
  responses: { 200: jsonResponse(JobStatus, "The job's status as of now"), ...problemResponses },
});

const cancel = createRoute({
  ...canWrite,
  method: "post",
  path: "/jobs/{id}/cancel",
  summary: "Cancel a job",
  request: { params },
  responses: { 200: jsonResponse(Job, "The job, canceled"), ...problemResponses },
});

const retry = createRoute({
  ...canWrite,
  method: "post",
  path: "/jobs/{id}/retry",
  summary: "Run a failed or canceled job again",
  request: { params },
  responses: { 200: jsonResponse(Job, "The job, queued for its next run"), ...problemResponses },
});

export function jobsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const { tenantId } = callerOf(c);
    const request = await idempotentRequest(c, tenantId, "POST /jobs");
    const created = await createJob(c.env, c.get("settings"), {
      tenantId,
      wanted: c.req.valid("json"),
      request,
      now: Date.now(),
    });
    markReplayed(c, created.replayed);
    dispatchSoon(c, created, "job accepted");
    return c.json(presentJob(created.job), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit, ...filters } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "jobs", tenantId, filters };
    const after = cursor === undefined ? undefined : await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listJobs(c.env, tenantId, filters, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentJob), 200);
  });

  router.openapi(get, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json(presentJob(job), 200);
  });

  router.openapi(status, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json(await liveStatus(c.env, job), 200);
  });

  router.openapi(cancel, async (c) => {
    const job = await cancelJob(c.env, callerOf(c).tenantId, c.req.valid("param").id, Date.now());
    c.get("log").info("job canceled", { jobId: job.id });
    return c.json(presentJob(job), 200);
  });

  router.openapi(retry, async (c) => {
    const started = await retryJob(c.env, callerOf(c).tenantId, c.req.valid("param").id, Date.now());
    dispatchSoon(c, started, "job retried");
    return c.json(presentJob(started.job), 200);
  });

  return router;
}

/** The fast way to the queue, behind the answer; the outbox row is the sure one. */
function dispatchSoon(c: Context<AppEnv>, { job, dispatch }: CreatedJob, event: string): void {
  if (!dispatch) return;
  c.get("log").info(event, { jobId: job.id, kind: job.kind, region: job.region, run: job.run });
  c.executionCtx.waitUntil(dispatchJob(c.env, { ...dispatch, job }));
}
