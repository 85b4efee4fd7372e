import type { Attempt } from "@reelway/shared/contracts/dead-letter";
import type { Job } from "@reelway/shared/contracts/job";
import type { JobError } from "@reelway/shared/contracts/job-error";
import type { JobTask } from "@reelway/shared/contracts/job-task";

export interface FailedAttempt {
  readonly key: string;
  readonly part: string;
  /** Null of a task that ended untried, such as one that waited too long. */
  readonly attempt: Attempt | null;
  readonly error: JobError;
}

/** Whether it says what the job's own error says. */
export function isSameFailure(error: JobError, told: JobError | null): boolean {
  return told !== null && error.code === told.code && error.message === told.message;
}

/** Why tasks failed on the way, attempt by attempt, without what the job's own error says already. */
export function failedAttempts({ error: told }: Pick<Job, "error">, tasks: readonly JobTask[]): FailedAttempt[] {
  return tasks.flatMap(({ part, attempts, error: untried }) => {
    const failed = attempts.flatMap((attempt, index): FailedAttempt[] =>
      attempt.error === null ? [] : [{ key: `${part}/${index}`, part, attempt, error: attempt.error }],
    );
    const all = failed.length > 0 || untried === null ? failed : [{ key: part, part, attempt: null, error: untried }];
    const last = all.at(-1);
    return last && isSameFailure(last.error, told) ? all.slice(0, -1) : all;
  });
}
