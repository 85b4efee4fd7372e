import type { Draft, EventBody } from "./draft.ts";
import type { HeldTask } from "./held-lease.ts";

/**
 * Says that a job is waiting again, after `task` has lost its lease. A job of many tasks is still running while
 * another of them is leased.
 */
export function requeueJob(draft: Draft, task: HeldTask, event: Omit<EventBody, "type">): void {
  const job = draft.jobOf(task);
  const othersLeased = job.openTasks > 1 && draft.tasksOfJob(job.jobId).some((other) => other.state === "leased");
  if (!job.running || othersLeased) return;
  draft.recordEvent({ ...job, running: false }, { ...event, type: "job.requeued" });
}
