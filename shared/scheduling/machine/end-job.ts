import { leasesOn } from "../claims.ts";
import type { StoppedLease } from "../commands.ts";
import type { JobRecord, TaskRecord } from "../records.ts";
import type { Draft, EventBody } from "./draft.ts";
import { endOf } from "./held-lease.ts";

/** Ends a job with its one terminal event. Tasks that are still open are cancelled; answers the leases cut short. */
export function endJob(
  draft: Draft,
  job: JobRecord,
  state: "succeeded" | "failed" | "canceled",
  event: Omit<EventBody, "type">,
): StoppedLease[] {
  const stopped = job.openTasks > 0 ? cancelOpenTasks(draft, job.jobId) : [];
  draft.recordEvent(
    { ...job, state, openTasks: 0, running: false, hedges: 0, hedgeAt: null, endedAt: draft.now },
    { ...event, type: `job.${state}` },
  );
  return stopped;
}

/** Runners and epochs stay on a task that was leased, so that their next beats are told to stop. */
function cancelOpenTasks(draft: Draft, jobId: string): StoppedLease[] {
  const stopped: StoppedLease[] = [];
  for (const task of draft.tasksOfJob(jobId)) {
    const leases = leasesOn(task);
    if (leases.length > 0) {
      const ends = leases.map((lease) => endOf(lease, draft.now, { outcome: "canceled" }));
      draft.putTask({ ...task, state: "canceled", leaseExpiresAt: null, attempts: [...task.attempts, ...ends] });
      for (const { tenantId, runnerId, taskId, epoch } of leases) {
        draft.removeLease(tenantId);
        stopped.push({ runnerId, taskId, epoch });
      }
    } else if (isWaiting(task)) {
      draft.putTask({ ...task, state: "canceled", waits: 0 });
    }
  }
  return stopped;
}

function isWaiting({ state }: TaskRecord): boolean {
  return state === "ready" || state === "delayed" || state === "lined" || state === "blocked";
}
