import type { JobError } from "../../contracts/job-error.ts";
import { backoffMs } from "../backoff.ts";
import type { QueueSettings } from "../commands.ts";
import { rankOf } from "../rank.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { attemptsWith, type HeldTask } from "./held-lease.ts";
import { blameParties } from "./judge-parties.ts";
import { requeueJob } from "./requeue-job.ts";

export interface AttemptEnd {
  readonly outcome: "failed" | "lost";
  readonly error: JobError;
  readonly retryable: boolean;
}

/** Ends an attempt that did not succeed: another one after a backoff, or the end of the task and of its job. */
export function endAttempt(
  draft: Draft,
  task: HeldTask,
  { outcome, error, retryable }: AttemptEnd,
  { random, settings }: { readonly random: number; readonly settings: QueueSettings },
): "retrying" | "dead" {
  draft.removeLease(task.tenantId);
  blameParties(draft, task, error.code, settings);
  const attempts = attemptsWith(task, draft.now, { outcome, error });

  if (!retryable || task.attempt > task.maxRetries) {
    endDead(draft, { ...task, attempts, leaseExpiresAt: null }, error);
    return "dead";
  }
  const readyAt = draft.now + backoffMs(task.attempt, random, settings);
  draft.putTask({
    ...task,
    state: "delayed",
    readyAt,
    rank: rankOf(readyAt, task.priority, settings),
    queueDeadlineAt: readyAt + settings.queuedMs,
    runnerId: null,
    leaseExpiresAt: null,
    attempts,
  });
  requeueJob(draft, task, { attempt: task.attempt, runnerId: task.runnerId, error });
  return "retrying";
}

/** One dead task ends its job; the job's other tasks are cancelled. */
export function endDead(draft: Draft, task: TaskRecord, error: JobError): void {
  draft.putTask({ ...task, state: "dead", error });
  const job = draft.jobOf(task);
  const event = { attempt: task.attempt, runnerId: task.runnerId, error };
  endJob(draft, { ...job, openTasks: job.openTasks - 1 }, "failed", event);
}
