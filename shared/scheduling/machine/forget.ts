import type { Circumstances } from "../commands.ts";
import type { Draft } from "./draft.ts";

/** Ended jobs and their tasks go after the retention, but never before the projection has stored their last event. */
export function forgetEndedJobs(draft: Draft, { now, settings }: Circumstances, limit: number): number {
  const acknowledged = draft.before.acknowledgedSequence();
  const forgettable = draft.before
    .jobsEnded(now - settings.retentionMs, limit)
    .filter((job) => job.lastEventSequence <= acknowledged);
  let rows = 0;
  for (const { jobId } of forgettable) {
    // A job goes as a whole, however many tasks it has; the next one can wait for the next tick.
    if (rows >= limit) break;
    const tasks = draft.tasksOfJob(jobId);
    for (const { taskId } of tasks) draft.deleteTask(taskId);
    draft.deleteJob(jobId);
    rows += 1 + tasks.length;
  }
  return rows;
}

/** Hosts come and go under new ids. One that is still there is seen again at its next beat. */
export function forgetUnseenRunners(draft: Draft, { now, settings }: Circumstances, limit: number): number {
  const unseen = draft.before.runnersUnseenSince(now - settings.retentionMs, limit);
  for (const { runnerId } of unseen) draft.deleteRunner(runnerId);
  return unseen.length;
}

/** A party that has not failed for so long starts anew, paused or not: nobody has tried it, or it is gone. */
export function forgetQuietBreakers(draft: Draft, { now, settings }: Circumstances, limit: number): number {
  const quietSince = now - settings.retentionMs;
  const quiet = draft.before.breakersQuietSince(quietSince, limit).map(({ key }) => key);
  if (quiet.length === 0) return 0;
  // Not those that have failed again in this very tick.
  for (const { key, lastFailureAt } of draft.breakers(quiet)) if (lastFailureAt <= quietSince) draft.deleteBreaker(key);
  return quiet.length;
}
