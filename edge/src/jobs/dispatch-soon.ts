import type { Context } from "hono";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import { dispatchJob } from "../dispatch/dispatch.ts";
import type { AppEnv } from "../http/app-env.ts";

/** The fast way to the queues, behind the answer; the outbox rows are the sure one. */
export function dispatchSoon(c: Context<AppEnv>, entries: readonly JobToEnqueue[], event: string): void {
  for (const entry of entries) {
    const { id: jobId, kind, region, run } = entry.job;
    c.get("log").info(event, { jobId, kind, region, run });
    c.executionCtx.waitUntil(dispatchJob(c.env, entry));
  }
}
