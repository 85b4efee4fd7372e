import type { HeldTask } from "../claims.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft, EventBody } from "./draft.ts";

/**
 * Says that a job is waiting again, after `task` has lost its lease: as if it had never begun. A job of many tasks goes
 * on as long as another of them is leased or could be; once one is done it keeps what it has, and runs until it ends.
 */
export function requeueJob(draft: Draft, task: HeldTask, event: Omit<EventBody, "type">): void {
  const job = draft.jobOf(task);
  if (!job.running || job.doneTasks > 0) return;
  if (job.openTasks > 1 && draft.tasksOfJob(job.jobId).some((other) => other.taskId !== task.taskId && goesOn(other)))
    return;
  draft.recordEvent({ ...job, running: false }, { ...event, type: "job.requeued" });
}

/** What is lined up goes on with the front of its line, which is ready or delayed. */
function goesOn({ state }: TaskRecord): boolean {
  return state === "leased" || state === "ready";
}
