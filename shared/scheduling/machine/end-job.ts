import type { CancelReply } from "../commands.ts";
import type { JobRecord, TaskRecord } from "../records.ts";
import type { Draft, EventBody } from "./draft.ts";
import { attemptsWith, isHeld } from "./held-lease.ts";

type Stopped = CancelReply["stopped"][number];

/** Ends a job with its one terminal event. Tasks that are still open are cancelled; answers the leases cut short. */
export function endJob(
  draft: Draft,
  job: JobRecord,
  state: "succeeded" | "failed" | "canceled",
  event: Omit<EventBody, "type">,
): Stopped[] {
  const stopped = job.openTasks > 0 ? cancelOpenTasks(draft, job.jobId) : [];
  draft.recordEvent(
    { ...job, state, openTasks: 0, running: false, endedAt: draft.now },
    { ...event, type: `job.${state}` },
  );
  return stopped;
}

/** Runner and epoch stay on a task that was leased, so that its runner's next beat is told to stop. */
function cancelOpenTasks(draft: Draft, jobId: string): Stopped[] {
  const stopped: Stopped[] = [];
  for (const task of draft.tasksOfJob(jobId)) {
    if (isHeld(task)) {
      draft.removeLease(task.tenantId);
      const attempts = attemptsWith(task, draft.now, { outcome: "canceled" });
      draft.putTask({ ...task, state: "canceled", leaseExpiresAt: null, attempts });
      stopped.push({ runnerId: task.runnerId, taskId: task.taskId, epoch: task.epoch });
    } else if (isWaiting(task)) {
      draft.putTask({ ...task, state: "canceled", waits: 0 });
    }
  }
  return stopped;
}

function isWaiting({ state }: TaskRecord): boolean {
  return state === "ready" || state === "delayed" || state === "lined" || state === "blocked";
}
