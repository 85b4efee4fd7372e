import type { JobRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";

/**
 * Makes room for a later run of a job. A run that is still active is cancelled first, so that every run ends exactly
 * once; the tasks go, and their epochs are answered by task id, for the next run to count on from.
 */
export function supersede(draft: Draft, job: JobRecord): Map<string, number> {
  if (job.state === "active") {
    const attempt = Math.max(0, ...draft.tasksOfJob(job.jobId).map((task) => task.attempt));
    endJob(draft, job, "canceled", { attempt });
  }
  const tasks = draft.tasksOfJob(job.jobId);
  for (const task of tasks) draft.deleteTask(task.taskId);
  return new Map(tasks.map((task) => [task.taskId, task.lastEpoch]));
}
