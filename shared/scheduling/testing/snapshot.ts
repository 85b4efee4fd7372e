import type { QueueStore } from "../store.ts";

const ever = Number.MAX_SAFE_INTEGER;

/** Everything that a store answers: two stores that held the same commands give the same snapshot. */
export function snapshot(store: QueueStore, jobIds: readonly string[], tenantIds: readonly string[]) {
  const lanes = store.readyLanes();
  return {
    jobs: jobIds.map((jobId) => store.job(jobId) ?? null),
    tasks: jobIds.map((jobId) => store.tasksOfJob(jobId)),
    due: jobIds.map((jobId) => store.dueTasksOf(jobId).map(idOf)),
    tenants: tenantIds.map((tenantId) => store.tenant(tenantId) ?? null),
    limited: store.limitedTenants().map(({ tenantId }) => tenantId),
    runners: store.runners().map((runner) => ({ runner, leases: store.leasesOf(runner.runnerId) })),
    leaseCounts: Object.fromEntries(store.leaseCounts()),
    lanes: lanes.map((lane) => ({ lane, first: store.firstReady(lane)?.taskId })),
    lines: jobIds.flatMap((jobId) =>
      [...new Set(store.tasksOfJob(jobId).map((task) => task.needs))].map((needs) => ({
        jobId,
        needs,
        front: store.frontOf(jobId, needs)?.taskId,
        next: store.firstLined(jobId, needs)?.taskId,
      })),
    ),
    delayed: store.delayedDue(ever, 1_000).map(idOf),
    leased: store.leasesExpired(ever, 1_000).map(idOf),
    waiting: store.queueDeadlinesPassed(ever, 1_000).map(idOf),
    toHedge: store.jobsToHedge(ever, 1_000).map((job) => job.jobId),
    unhedged: jobIds.map((jobId) => store.unhedged(jobId, ever, 1_000).map(idOf)),
    ended: store.jobsEnded(ever, 1_000).map((job) => job.jobId),
    latest: store.latestEnded(1_000).map((job) => job.jobId),
    breakers: store.breakersQuietSince(ever, 1_000),
    paused: store.pausedBreakers().map(({ key }) => key),
    breakersDue: store.breakersDue(ever, 1_000).map(({ key }) => key),
    unseen: store.runnersUnseenSince(ever, 1_000).map((runner) => runner.runnerId),
    events: store.events(0, 10_000),
    lastSequence: store.lastSequence(),
    acknowledged: store.acknowledgedSequence(),
    lastLeaseOrder: store.lastLeaseOrder(),
    nextDeadline: store.nextDeadline() ?? null,
    nextHedge: store.nextDeadline(0) ?? null,
    counts: store.counts(),
  };
}

function idOf({ taskId }: { readonly taskId: string }): string {
  return taskId;
}
