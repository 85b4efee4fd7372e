import type { JobError } from "../../contracts/job-error.ts";
import { attemptBackoffMs } from "../backoff.ts";
import type { HeldTask } from "../claims.ts";
import type { Circumstances, QueueSettings } from "../commands.ts";
import { rankOf } from "../rank.ts";
import type { Claim, TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { attemptsWith } from "./held-lease.ts";
import { blameParties } from "./judge-parties.ts";
import { noteFailure } from "./note-failure.ts";
import { requeueJob } from "./requeue-job.ts";
import { scheduleHedge } from "./schedule-hedge.ts";

/** The settings, and the jitter of a backoff. */
type Chance = Pick<Circumstances, "random" | "settings">;

export interface AttemptEnd {
  readonly outcome: "failed" | "lost";
  readonly error: JobError;
  readonly retryable: boolean;
}

/**
 * Ends a lease that did not succeed. Where the task is leased twice, the other lease goes on with the attempt, whatever
 * the error says; else it is over.
 */
export function endAttempt(
  draft: Draft,
  task: HeldTask,
  { outcome, error, retryable }: AttemptEnd,
  chance: Chance,
): "retrying" | "dead" {
  const { settings } = chance;
  draft.removeLease(task.tenantId);
  blameParties(draft, task, error.code, settings);
  noteFailure(draft, task, error.code);
  const attempts = attemptsWith(task, draft.now, { outcome, error });
  if (task.rival) {
    leaveToRival(draft, { ...task, attempts }, task.rival, settings);
    return "retrying";
  }
  return retryOrDie(draft, { ...task, attempts }, { error, retryable }, chance);
}

/** The other lease goes on with the attempt. */
export function leaveToRival(draft: Draft, task: HeldTask, rival: Claim, settings: QueueSettings): void {
  draft.putTask({ ...task, ...rival, rival: null });
  const job = draft.jobOf(task);
  draft.putJob({ ...job, hedges: job.hedges - 1 });
  scheduleHedge(draft, task.jobId, settings);
}

/** After the last lease of an attempt: another one after a backoff, or the end of the task and of its job. */
export function retryOrDie(
  draft: Draft,
  task: HeldTask,
  { error, retryable }: Pick<AttemptEnd, "error" | "retryable">,
  { random, settings }: Chance,
): "retrying" | "dead" {
  if (!retryable || task.attempt > task.maxRetries) {
    endDead(draft, { ...task, leaseExpiresAt: null }, error);
    return "dead";
  }
  const readyAt = draft.now + attemptBackoffMs(task.attempt, random, settings);
  draft.putTask({
    ...task,
    state: "delayed",
    readyAt,
    rank: rankOf(readyAt, task.priority, settings),
    queueDeadlineAt: readyAt + settings.queuedMs,
    runnerId: null,
    leaseExpiresAt: null,
  });
  requeueJob(draft, task, { attempt: task.attempt, runnerId: task.runnerId, error });
  if (task.hedgeable) scheduleHedge(draft, task.jobId, settings);
  return "retrying";
}

/** One dead task ends its job; the job's other tasks are cancelled. */
export function endDead(draft: Draft, task: TaskRecord, error: JobError): void {
  draft.putTask({ ...task, state: "dead", error });
  const job = draft.jobOf(task);
  const event = { attempt: task.attempt, runnerId: task.runnerId, error };
  endJob(draft, { ...job, openTasks: job.openTasks - 1 }, "failed", event);
}
