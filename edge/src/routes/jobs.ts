import { createRoute, z } from "@hono/zod-openapi";
import { Job, JobRequest, JobStatus, JobsQuery } from "@reelway/shared/contracts/job";
import { page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { liveStatus } from "../channel/current-status.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { cancelJob } from "../jobs/cancel-job.ts";
import { createJob } from "../jobs/create-job.ts";
import { dispatchSoon } from "../jobs/dispatch-soon.ts";
import { plannerOf } from "../jobs/planner.ts";
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
  ...problems(
    "not_found",
    "asset_failed",
    "asset_not_ready",
    "region_unavailable",
    "source_forbidden",
    "upload_too_large",
    "budget_exhausted",
  ),
  responses: { 201: jsonResponse(Job, "The job, accepted") },
});

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs",
  summary: "List jobs, newest first",
  request: { query: JobsQuery },
  responses: { 200: jsonResponse(page(Job), "A page of jobs") },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}",
  summary: "Read a job",
  request: { params },
  responses: { 200: jsonResponse(Job, "The job") },
});

const status = createRoute({
  ...canRead,
  method: "get",
  path: "/jobs/{id}/status",
  summary: "State, stage and percent: the small answer for pollers",
  request: { params },
  responses: { 200: jsonResponse(JobStatus, "The job's status as of now") },
});

const cancel = createRoute({
  ...canWrite,
  method: "post",
  path: "/jobs/{id}/cancel",
  summary: "Cancel a job",
  request: { params },
  ...problems("illegal_move"),
  responses: { 200: jsonResponse(Job, "The job, canceled") },
});

const retry = createRoute({
  ...canWrite,
  method: "post",
  path: "/jobs/{id}/retry",
  summary: "Run a failed or canceled job again",
  request: { params },
  ...problems("illegal_move", "region_unavailable", "budget_exhausted"),
  responses: { 200: jsonResponse(Job, "The job, queued for its next run") },
});

export function jobsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const { tenantId } = callerOf(c);
    const request = await idempotentRequest(c, tenantId, "POST /jobs");
    const creation = { wanted: c.req.valid("json"), request, audit: auditorOf(c) };
    const { job, replayed, dispatch } = await createJob(plannerOf(c), creation);
    markReplayed(c, replayed);
    dispatchSoon(c, dispatch, "job accepted");
    return c.json(presentJob(job, callerOf(c)), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit, ...filters } = c.req.valid("query");
    const caller = callerOf(c);
    const { tenantId } = caller;
    const scope = { list: "jobs", tenantId, filters };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listJobs(c.env, tenantId, filters, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, (row) => presentJob(row, caller)), 200);
  });

  router.openapi(get, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json(presentJob(job, callerOf(c)), 200);
  });

  router.openapi(status, async (c) => {
    const job = await findJob(c.env, callerOf(c).tenantId, c.req.valid("param").id);
    if (!job) throw new ReelwayError("not_found");
    return c.json(await liveStatus(c.env, job), 200);
  });

  router.openapi(cancel, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "job.cancel", resource: id });
    const job = await cancelJob(c.env, callerOf(c).tenantId, id, Date.now(), audit);
    c.get("log").info("job canceled", { jobId: job.id });
    return c.json(presentJob(job, callerOf(c)), 200);
  });

  router.openapi(retry, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "job.retry", resource: id });
    const { job, dispatch } = await retryJob(c.env, callerOf(c).tenantId, id, Date.now(), audit);
    dispatchSoon(c, dispatch, "job retried");
    return c.json(presentJob(job, callerOf(c)), 200);
  });

  return router;
}
