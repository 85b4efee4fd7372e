import type { HedgeSettings, QueueSettings } from "./commands.ts";
import { Pauses } from "./pauses.ts";
import type { JobRecord, TaskRecord } from "./records.ts";
import { fullTenants } from "./shares.ts";
import type { QueueReader } from "./store.ts";

/** Durations that a job remembers: their median follows the fleet, and the film. */
const remembered = 15;
/** What one question for a hedge looks at, at most. */
const jobsLookedAt = 20;
const tasksLookedAt = 20;

/** How long a task of the job is worked on before it is slow, milliseconds; null while nothing tells what is usual. */
export function slowAfterMs({ recentMs }: Pick<JobRecord, "recentMs">, settings: HedgeSettings): number | null {
  if (settings.factor === 0 || recentMs.length === 0) return null;
  return Math.max(settings.minMs, Math.round(settings.factor * median(recentMs)));
}

/** With one more duration, milliseconds; the oldest beyond those that are remembered goes. */
export function withRecent({ recentMs }: Pick<JobRecord, "recentMs">, ms: number): number[] {
  return [...recentMs, ms].slice(-remembered);
}

/** Whether another of the job's tasks may be leased twice: a job with little left to do takes few slots twice. */
export function hasRoomForHedge(job: Pick<JobRecord, "hedges" | "openTasks">, settings: HedgeSettings): boolean {
  return job.hedges < Math.max(settings.perJob, Math.floor(job.openTasks / settings.openTasksPerHedge));
}

/**
 * Tasks that may be leased a second time now, those of the job that has waited longest for it first. What has a part in
 * a pause or a trial is left out: it is not for want of time that its tasks are slow. So is what is of a tenant that has
 * all it may have: a second lease is one more.
 */
export function slowTasks(
  reader: QueueReader,
  now: number,
  { hedging, shard }: Pick<QueueSettings, "hedging" | "shard">,
): TaskRecord[] {
  if (hedging.factor === 0) return [];
  const jobs = reader.jobsToHedge(now, jobsLookedAt);
  if (jobs.length === 0) return [];
  const pauses = new Pauses(reader);
  const full = new Set(fullTenants(reader, shard).map(({ tenantId }) => tenantId));
  return jobs
    .filter(({ tenantId }) => !full.has(tenantId))
    .flatMap((job) => {
      const slowMs = slowAfterMs(job, hedging);
      return slowMs === null ? [] : reader.unhedged(job.jobId, now - slowMs, tasksLookedAt);
    })
    .filter((task) => !pauses.concern(task));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low = 0, high = low] = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  return (low + high) / 2;
}
