import { createRoute, z } from "@hono/zod-openapi";
import { Batch, BatchRequest } from "@reelway/shared/contracts/batch";
import { Job } from "@reelway/shared/contracts/job";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { BatchId } from "@reelway/shared/ids";
import { JobState } from "@reelway/shared/jobs/state-machine";
import type { Context } from "hono";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { cancelBatch } from "../batches/cancel-batch.ts";
import { createBatch } from "../batches/create-batch.ts";
import { presentBatch } from "../batches/present-batch.ts";
import { retryFailed } from "../batches/retry-failed.ts";
import { deliverOutbox } from "../dispatch/deliver-outbox.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { dispatchSoon } from "../jobs/dispatch-soon.ts";
import { plannerOf } from "../jobs/planner.ts";
import { presentJob } from "../jobs/present-job.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findBatch, listBatches } from "../store/batches.ts";
import { listJobs } from "../store/jobs.ts";

const params = z.object({ id: BatchId });
const canRead = { tags: ["batches"], ...needs("jobs:read") };
const canWrite = { tags: ["batches"], ...needs("jobs:write") };

const create = createRoute({
  ...canWrite,
  method: "post",
  path: "/batches",
  summary: "Work on many sources, one job each; accepted as a whole or not at all",
  request: { headers: idempotencyHeader, body: jsonBody(BatchRequest) },
  ...problems(
    "not_found",
    "region_unavailable",
    "source_forbidden",
    "asset_failed",
    "asset_not_ready",
    "budget_exhausted",
  ),
  responses: { 201: jsonResponse(Batch, "The batch, accepted") },
});

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/batches",
  summary: "List batches, newest first",
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Batch), "A page of batches") },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/batches/{id}",
  summary: "Read a batch: its jobs by state",
  request: { params },
  responses: { 200: jsonResponse(Batch, "The batch") },
});

const jobs = createRoute({
  ...canRead,
  method: "get",
  path: "/batches/{id}/jobs",
  summary: "List the jobs of a batch, newest first",
  request: { params, query: PageQuery.extend({ state: JobState.optional() }) },
  responses: { 200: jsonResponse(page(Job), "A page of jobs") },
});

const cancel = createRoute({
  ...canWrite,
  method: "post",
  path: "/batches/{id}/cancel",
  summary: "Cancel what of a batch has not ended",
  request: { params },
  responses: { 200: jsonResponse(Batch, "The batch; its running jobs end within seconds") },
});

const retry = createRoute({
  ...canWrite,
  method: "post",
  path: "/batches/{id}/retry-failed",
  summary: "Run the failed jobs of a batch again",
  request: { params },
  ...problems("region_unavailable", "budget_exhausted"),
  responses: { 200: jsonResponse(Batch, "The batch, with its failed jobs queued again") },
});

export function batchesRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const request = await idempotentRequest(c, callerOf(c).tenantId, "POST /batches");
    const creation = { wanted: c.req.valid("json"), request, audit: auditorOf(c) };
    const { batch, replayed, dispatch } = await createBatch(plannerOf(c), creation);
    markReplayed(c, replayed);
    dispatchSoon(c, dispatch, "job accepted");
    return c.json(presentBatch(batch), 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const { tenantId } = callerOf(c);
    const scope = { list: "batches", tenantId, filters: {} };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = (await listBatches(c.env, tenantId, after, limit + 1)).map((row) => ({ ...row, id: row.batch.id }));
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, presentBatch), 200);
  });

  router.openapi(get, async (c) => c.json(presentBatch(await batchOf(c, c.req.valid("param").id)), 200));

  router.openapi(jobs, async (c) => {
    const { cursor, limit, state } = c.req.valid("query");
    const caller = callerOf(c);
    const { tenantId } = caller;
    const { batch } = await batchOf(c, c.req.valid("param").id);
    const filters = { batchId: batch.id, state };
    const scope = { list: "batch jobs", tenantId, filters };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listJobs(c.env, tenantId, filters, after, limit + 1);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, (row) => presentJob(row, caller)), 200);
  });

  router.openapi(cancel, async (c) => {
    const { id } = c.req.valid("param");
    await batchOf(c, id);
    const audit = auditOf(c, { action: "batch.cancel", resource: id });
    const outboxIds = await cancelBatch(c.env, callerOf(c).tenantId, id, Date.now(), audit);
    c.executionCtx.waitUntil(deliverOutbox(c.env, outboxIds, c.get("log")));
    return c.json(presentBatch(await batchOf(c, id)), 200);
  });

  router.openapi(retry, async (c) => {
    const { id } = c.req.valid("param");
    await batchOf(c, id);
    const audit = auditOf(c, { action: "batch.retry", resource: id });
    const { dispatch } = await retryFailed(c.env, callerOf(c).tenantId, id, Date.now(), audit);
    dispatchSoon(c, dispatch, "job retried");
    return c.json(presentBatch(await batchOf(c, id)), 200);
  });

  return router;
}

async function batchOf(c: Context<AppEnv>, id: string) {
  const found = await findBatch(c.env, callerOf(c).tenantId, id);
  if (!found) throw new ReelwayError("not_found");
  return found;
}
