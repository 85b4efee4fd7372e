import { heldBy } from "../claims.ts";
import type { Circumstances, LeaseReply } from "../commands.ts";
import { slowTasks } from "../hedges.ts";
import { canServe } from "../lanes.ts";
import type { Pauses } from "../pauses.ts";
import type { Draft } from "./draft.ts";
import { scheduleHedge } from "./schedule-hedge.ts";

/**
 * For a runner that nothing else is there for: a second lease on a task that another runner is slow with, under an epoch
 * of its own. It is the same attempt, made twice at once; whoever completes it first has made it.
 */
export function hedge(
  draft: Draft,
  { runnerId, able }: { readonly runnerId: string; readonly able: ReadonlySet<string> },
  pauses: Pauses,
  { now, settings }: Circumstances,
): LeaseReply {
  const slow = slowTasks(draft.before, now, settings).find(
    (task) => task.runnerId !== runnerId && canServe(able, task.needs) && !pauses.concern(task, runnerId),
  );
  if (!slow) return null;
  const epoch = slow.lastEpoch + 1;
  const rival = { epoch, runnerId, leasedAt: now, leaseExpiresAt: now + settings.leaseMs, outageRenewed: false };
  const hedged = { ...slow, hedged: true, lastEpoch: epoch, rival };
  draft.putTask(hedged);
  draft.addLease(slow.tenantId);
  const job = draft.jobOf(slow);
  draft.putJob({ ...job, hedges: job.hedges + 1 });
  scheduleHedge(draft, slow.jobId, settings);
  return heldBy(hedged, { taskId: slow.taskId, epoch, runnerId }) ?? null;
}
