import type { QueueSettings } from "../commands.ts";
import { hasRoomForHedge, slowAfterMs } from "../hedges.ts";
import type { JobRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

/**
 * Notes from when on a task of the job is slow: to be called last, by whatever changes its leases, its open tasks or its
 * recent times. Costs nothing where no hedgeable task of the job is done yet.
 */
export function scheduleHedge(draft: Draft, jobId: string, settings: QueueSettings): void {
  const job = draft.job(jobId);
  if (job?.state !== "active" || job.recentMs.length === 0) return;
  const hedgeAt = hedgeAtOf(draft, job, settings);
  if (hedgeAt !== job.hedgeAt) draft.putJob({ ...job, hedgeAt });
}

function hedgeAtOf(draft: Draft, job: JobRecord, { hedging }: QueueSettings): number | null {
  const slowMs = slowAfterMs(job, hedging);
  if (slowMs === null || !hasRoomForHedge(job, hedging)) return null;
  const leasedAt = draft.longestUnhedged(job.jobId)?.leasedAt ?? null;
  return leasedAt === null ? null : leasedAt + slowMs;
}
