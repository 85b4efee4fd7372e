import type { Circumstances, LeaseCommand, LeaseReply } from "../commands.ts";
import { isLeftOver } from "../hold-back.ts";
import { ableNow, canServe } from "../lanes.ts";
import { leasableLanes } from "../leasable-lanes.ts";
import { Pauses } from "../pauses.ts";
import type { TaskRecord } from "../records.ts";
import type { QueueReader, ReadyLane } from "../store.ts";
import type { Draft } from "./draft.ts";
import { hedge } from "./hedge.ts";
import { promoteNext } from "./line-up.ts";
import { scheduleHedge } from "./schedule-hedge.ts";
import { seeRunner } from "./see-runner.ts";

/** Gives a runner its next task, if it may have one; else a hedge, if it asks for that. Slots are counted here, from live leases. */
export function lease(draft: Draft, command: LeaseCommand, circumstances: Circumstances): LeaseReply {
  const { now, settings } = circumstances;
  const { runnerId, holdBackMs = 0 } = command;
  seeRunner(draft, command, settings);
  if (command.draining || workingOn(draft.before, command) >= command.slots) return null;
  const pauses = new Pauses(draft.before);
  if (pauses.ofRunner(runnerId)) return null;
  const able = ableNow(command);
  const leasable = leasableLanes(draft.before, settings.shard, pauses).filter(({ needs }) => canServe(able, needs));
  const next = nextTask(draft.before, leasable, (first) => isLeftOver(first, now, holdBackMs));
  // A second lease on what another works on is nothing that was left over.
  const mayHedge = command.hedging && holdBackMs === 0;
  if (!next) return mayHedge ? hedge(draft, { runnerId, able }, pauses, circumstances) : null;

  const leased: TaskRecord = {
    ...next,
    state: "leased",
    attempt: next.attempt + 1,
    epoch: next.lastEpoch + 1,
    lastEpoch: next.lastEpoch + 1,
    hedged: false,
    runnerId,
    leasedAt: now,
    leaseExpiresAt: now + settings.leaseMs,
    outageRenewed: false,
  };
  draft.putTask(leased);
  draft.addLease(leased.tenantId);
  const trial = { taskId: leased.taskId, epoch: leased.epoch };
  for (const breaker of pauses.triedBy(leased, runnerId)) draft.putBreaker({ ...breaker, trial });
  const job = draft.jobOf(leased);
  if (next.leasedAt === null && job.openTasks > 1) promoteNext(draft, leased, circumstances);
  if (!job.running)
    draft.recordEvent({ ...job, running: true }, { type: "job.started", attempt: leased.attempt, runnerId });
  if (job.recentMs.length > 0) scheduleHedge(draft, job.jobId, settings);
  return leased;
}

/** Its live leases but for those that take no slot: as many as it has slots at most are left out at its word. */
function workingOn(reader: QueueReader, { runnerId, slots, delivering = 0 }: LeaseCommand): number {
  return reader.leasesOf(runnerId).length - Math.min(delivering, slots);
}

/**
 * Of the tenants that have something in these lanes that may go: the one with the fewest leases. Then its task with the
 * smallest rank. Lanes of those behind it are not looked into.
 */
function nextTask(
  reader: QueueReader,
  lanes: readonly ReadyLane[],
  mayGo: (first: TaskRecord) => boolean,
): TaskRecord | undefined {
  const tenants = Map.groupBy(lanes.toSorted(byTurn), ({ tenantId }) => tenantId);
  for (const own of tenants.values()) {
    const heads = own.flatMap((lane) => reader.firstReady(lane) ?? []).filter(mayGo);
    const [next] = heads.sort((a, b) => a.rank - b.rank || (a.taskId < b.taskId ? -1 : 1));
    if (next) return next;
  }
  return undefined;
}

/** Ties go to the tenant that has been longest without a lease. */
function byTurn(a: ReadyLane, b: ReadyLane): number {
  const byId = a.tenantId < b.tenantId ? -1 : Number(a.tenantId > b.tenantId);
  return a.activeLeases - b.activeLeases || a.lastLeaseOrder - b.lastLeaseOrder || byId;
}
