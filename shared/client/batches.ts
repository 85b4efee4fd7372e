import { Batch, type BatchRequest } from "../contracts/batch.ts";
import { Job } from "../contracts/job.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import type { JobState } from "../jobs/state-machine.ts";
import { type Http, pathOf } from "./http.ts";

/** Many sources under one request, one job each. */
export function batchesResource(http: Http) {
  const act = (id: string, verb: "cancel" | "retry-failed", signal?: AbortSignal) =>
    http.json({ method: "POST", path: pathOf`/batches/${id}/${verb}`, schema: Batch, signal });
  return {
    /** Without a key of the caller's own, one is made, so that a lost answer never makes a second batch. */
    create: (request: BatchRequest, options: { idempotencyKey?: string; signal?: AbortSignal | undefined } = {}) =>
      http.json({
        method: "POST",
        path: "/batches",
        body: request,
        idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
        schema: Batch,
        signal: options.signal,
      }),
    /** With its jobs counted by state. */
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/batches/${id}`, schema: Batch, signal }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/batches", query, schema: page(Batch), signal }),
    jobs: (id: string, query: Partial<PageQuery> & { state?: JobState } = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/batches/${id}/jobs`, query, schema: page(Job), signal }),
    /** What has not ended; a repeat changes nothing. */
    cancel: (id: string, signal?: AbortSignal) => act(id, "cancel", signal),
    /** Runs those of its jobs again that failed; where the source is gone, a job stays failed. */
    retryFailed: (id: string, signal?: AbortSignal) => act(id, "retry-failed", signal),
  };
}
