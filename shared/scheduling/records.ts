import type { JobError } from "../contracts/job-error.ts";
import type { ErrorCode } from "../errors/catalogue.ts";

/**
 * The rows of a region's queue. A store keeps exactly these; `payload` and `result` are opaque JSON texts to the queue.
 * Times are milliseconds since the epoch.
 */

export type TaskState =
  /** May be leased now. */
  | "ready"
  /** May be leased from `readyAt` on: a delayed start, or the wait before another attempt. */
  | "delayed"
  /** Waits for other tasks of its job: `waits` of them. */
  | "blocked"
  /** Could be leased, but another task of its job with the same needs stands in the lane before it. */
  | "lined"
  /** Held by `runnerId` until `leaseExpiresAt`. */
  | "leased"
  | "done"
  /** Ended badly, with `error`. Kept for people to look at. */
  | "dead"
  | "canceled";

/** The right of one runner to work on a task. */
export interface Claim {
  /** Its own; a completion is accepted only from a claim that is live. */
  readonly epoch: number;
  readonly runnerId: string;
  readonly leasedAt: number;
  readonly leaseExpiresAt: number;
  /** The lease was found expired long after the fact, and renewed once because the queue itself had slept. */
  readonly outageRenewed: boolean;
}

export interface TaskRecord {
  readonly taskId: string;
  readonly jobId: string;
  readonly tenantId: string;
  /** What it is within its job, such as `encode:12`. Empty: its job's only one. */
  readonly part: string;
  /** Its place among the tasks of its job with the same needs: smaller goes first, then the smaller task id. */
  readonly order: number;
  /** The task of the same job that waits for this one. */
  readonly unblocks: string | null;
  /** Open tasks that it waits for; 0 unless blocked. */
  readonly waits: number;
  readonly state: TaskState;
  /** Capabilities that a runner must have, sorted and joined by a space: a lane of equal tasks. */
  readonly needs: string;
  /** What it is made by: `name@version` of a preset, or the kind of a spec of the caller's own. Empty: unknown. */
  readonly recipe: string;
  /** Smaller goes first: the time it became ready, less its priority's head start (docs/adr/0004). A hand-back keeps it. */
  readonly rank: number;
  readonly priority: number;
  readonly readyAt: number;
  /**
   * Since when its run has been in the queue, or was to begin: what runners that hold back go by. A job that others have
   * been at for so long is theirs too, with its retries and all that it turns out to need.
   */
  readonly waitsSince: number;
  /** A task still ready at this time is dead (queue_timeout). A further attempt gets a new one, a hand-back keeps it. */
  readonly queueDeadlineAt: number;
  /** Attempts begun; hand-backs don't count. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** Fencing: the epoch of its lease, or of its last one. */
  readonly epoch: number;
  /** The newest epoch ever given: each lease gets one more, over all runs. */
  readonly lastEpoch: number;
  /** Who holds it, or held it when it was completed or cancelled; null while it waits. */
  readonly runnerId: string | null;
  /** When it was last leased. */
  readonly leasedAt: number | null;
  /** Null unless leased. */
  readonly leaseExpiresAt: number | null;
  /** See Claim. */
  readonly outageRenewed: boolean;
  /** Two runners may make it at the same time: its work leaves nothing behind but its outputs (docs/adr/0028). */
  readonly hedgeable: boolean;
  /** Its last lease from the lane was followed by a hedge, which has the newest epoch; there is no second one. */
  readonly hedged: boolean;
  /** The other live lease, of a task that is leased twice: in a stored row the hedge. Stays on a task cancelled meanwhile. */
  readonly rival: Claim | null;
  readonly payload: string;
  readonly error: JobError | null;
  /** What its completion said, of a done task with a part; else null. */
  readonly result: string | null;
  /** How the attempts so far ended, oldest first: at most maxRetries + 1, and as many hedges. */
  readonly attempts: readonly AttemptRecord[];
}

export interface AttemptRecord {
  readonly attempt: number;
  readonly runnerId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** outrun: another lease of the same attempt was done first. */
  readonly outcome: "completed" | "failed" | "lost" | "canceled" | "outrun";
  readonly error?: JobError;
}

export interface JobRecord {
  readonly jobId: string;
  readonly tenantId: string;
  /** Which run of the job this is: a retry by the user starts the next one. */
  readonly run: number;
  readonly state: "active" | "succeeded" | "failed" | "canceled";
  /** Tasks that have not ended. When the last one is done the job has succeeded. */
  readonly openTasks: number;
  /** Tasks of this run that are done. */
  readonly doneTasks: number;
  /** Between job.started and job.requeued or its end: what keeps the two alternating. */
  readonly running: boolean;
  /** How long the hedgeable tasks that were done last took, milliseconds, the latest last. */
  readonly recentMs: readonly number[];
  /** Tasks that are leased twice. */
  readonly hedges: number;
  /** From then on the longest leased of its hedgeable tasks is slow; null where none may be hedged. */
  readonly hedgeAt: number | null;
  readonly endedAt: number | null;
  /** Its newest event: it is not forgotten before that is acknowledged. */
  readonly lastEventSequence: number;
}

/** Live leases per tenant and when it last got one: what fairness goes by. */
export interface TenantRecord {
  readonly tenantId: string;
  readonly activeLeases: number;
  /** Grows with every lease given; ties go to who has waited longest. */
  readonly lastLeaseOrder: number;
  readonly share: TenantShare;
}

/** How much of its region's fleet a tenant may have at once (docs/adr/0037). */
export interface TenantShare {
  /** Live leases, over all shards of the region; null for no limit. */
  readonly maxRunning: number | null;
  /** When it was said: an older word changes nothing. 0: never. */
  readonly setAt: number;
}

/** A runner as it last described itself. */
export interface RunnerRecord {
  readonly runnerId: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly draining: boolean;
  readonly version: string;
  /** It takes only tasks that have waited for a runner this long, so that others go first; 0 for any. */
  readonly holdBackMs: number;
  /** Moves at most every half lease: no row is written per beat. */
  readonly lastSeenAt: number;
  /** Its attempts that ended badly, the latest last: the last few. What succeeds between them leaves no mark. */
  readonly failures: readonly RunnerFailure[];
}

/** An attempt of a runner that ended badly. */
export interface RunnerFailure {
  readonly at: number;
  readonly jobId: string;
  readonly tenantId: string;
  /** See TaskRecord. */
  readonly part: string;
  readonly code: ErrorCode;
}

/**
 * A party whose work has failed lately: see `breaker-keys.ts` for who, docs/adr/0013 for the rules. One that works has
 * no row.
 */
export interface BreakerRecord {
  readonly key: string;
  /** closed: it is counted. open: nothing is leased for it until `retryAt`. half_open: one lease at a time, as a trial. */
  readonly state: "closed" | "open" | "half_open";
  /** The jobs that failed since the last success, each once, the latest last; at most as many as open it. */
  readonly failures: readonly BreakerFailure[];
  readonly lastFailureAt: number;
  readonly lastCode: ErrorCode;
  /** How often it was opened since the last success; 0 while closed. */
  readonly openings: number;
  /** Since when it is paused; null while closed. */
  readonly openedAt: number | null;
  /** When the next trial may be; null while closed. */
  readonly retryAt: number | null;
  /** The lease that is, or was, the latest trial. */
  readonly trial: { readonly taskId: string; readonly epoch: number } | null;
}

export interface BreakerFailure {
  readonly jobId: string;
  readonly runnerId: string;
}

/** What happens to a job as a whole, and changes its state. */
export type JobEventType = "job.started" | "job.requeued" | "job.succeeded" | "job.failed" | "job.canceled";

/** Something that happened to a job, numbered per shard without gaps; kept until the projection has acknowledged it, and a while longer. */
export interface QueueEvent {
  readonly sequence: number;
  readonly at: number;
  /** task.completed: a part is done, and its job goes on. */
  readonly type: JobEventType | "task.completed";
  readonly jobId: string;
  readonly tenantId: string;
  readonly run: number;
  /** The part that is done, on task.completed; else null. */
  readonly taskId: string | null;
  readonly part: string | null;
  /** Attempts that count, after this event; 0 before the first. */
  readonly attempt: number;
  readonly runnerId: string | null;
  readonly error: JobError | null;
  /** What the completion said as JSON text: of the last task on job.succeeded, of its own on task.completed. */
  readonly result: string | null;
  /** Of a part that was hedged, on task.completed: whether the hedge was first; else null. */
  readonly hedge: "won" | "lost" | null;
}

export type JobEvent = QueueEvent & { readonly type: JobEventType };

/** Whether it is about the job as a whole, not one of its parts. */
export function isJobEvent(event: QueueEvent): event is JobEvent {
  return event.type !== "task.completed";
}
