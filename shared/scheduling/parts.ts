import type { JobError } from "../contracts/job-error.ts";
import type { AttemptRecord, Claim, TaskState } from "./records.ts";
import type { QueueReader } from "./store.ts";

/** A task of a run, as whoever looks at its graph is told. Times are milliseconds since the epoch. */
export interface PartStanding {
  readonly part: string;
  readonly taskId: string;
  readonly epoch: number;
  readonly state: TaskState;
  /** Attempts begun. */
  readonly attempt: number;
  /** Who holds it, or held it when it ended. */
  readonly runnerId: string | null;
  /** When it was last leased. */
  readonly leasedAt: number | null;
  /** The second runner, where it is leased twice; absent from a queue one version older. */
  readonly hedge?: Pick<Claim, "runnerId" | "leasedAt"> | null;
  /** When its last attempt ended; null while it is open, or where it was cancelled untried. */
  readonly endedAt: number | null;
  readonly error: JobError | null;
  readonly attempts: readonly AttemptRecord[];
  /** What its completion said, where it was asked for; null for a task that is not done. */
  readonly result: string | null;
}

/** All tasks of a run, by their ids; null where the run is not known, or no longer. */
export function partsOf(
  reader: QueueReader,
  jobId: string,
  run: number,
  { withResults = false }: { readonly withResults?: boolean } = {},
): PartStanding[] | null {
  if (reader.job(jobId)?.run !== run) return null;
  return reader
    .tasksOfJob(jobId)
    .map(({ part, taskId, epoch, state, attempt, runnerId, leasedAt, rival, error, attempts, result }) => ({
      part,
      taskId,
      epoch,
      state,
      attempt,
      runnerId,
      leasedAt,
      hedge: state === "leased" && rival ? { runnerId: rival.runnerId, leasedAt: rival.leasedAt } : null,
      endedAt: hasEnded(state) ? (attempts.at(-1)?.endedAt ?? null) : null,
      error,
      attempts,
      result: withResults ? result : null,
    }));
}

function hasEnded(state: TaskState): boolean {
  return state === "done" || state === "dead" || state === "canceled";
}
