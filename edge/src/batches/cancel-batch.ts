import type { AuditEntry } from "../audit/audit-entry.ts";
import { tellToLook } from "../channel/tell-to-look.ts";
import type { Env } from "../env.ts";
import { jobCanceled } from "../events/new-event.ts";
import { cancelBatchJobs, listLiveJobs } from "../store/cancel-batch-jobs.ts";

/**
 * Cancels what of a batch has not ended: jobs that wait for their sources at once, the others by their queues, and the
 * fetches that nobody else waits for. Answers the outbox rows that are to be delivered now.
 */
export async function cancelBatch(
  env: Env,
  tenantId: string,
  batchId: string,
  now: number,
  audit: AuditEntry,
): Promise<number[]> {
  const live = await listLiveJobs(env, tenantId, batchId);
  const waiting = live.filter(({ awaitsSource }) => awaitsSource);
  const events = await Promise.all(waiting.map((job) => jobCanceled(job, now)));
  const outboxIds = await cancelBatchJobs(env, { tenantId, batchId, live, events, now, audit });
  await tellToLook(
    env,
    waiting.filter(({ channelSince }) => channelSince !== null).map(({ id }) => id),
  );
  return outboxIds;
}
