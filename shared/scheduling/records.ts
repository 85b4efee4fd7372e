import type { JobError } from "../contracts/job-error.ts";

/**
 * The rows of a region's queue. A store keeps exactly these; `payload` and `result` are opaque JSON texts to the queue.
 * Times are milliseconds since the epoch.
 */

export type TaskState =
  /** May be leased now. */
  | "ready"
  /** May be leased from `readyAt` on: a delayed start, or the wait before another attempt. */
  | "delayed"
  /** Held by `runnerId` until `leaseExpiresAt`. */
  | "leased"
  | "done"
  /** Ended badly, with `error`. Kept for people to look at. */
  | "dead"
  | "canceled";

export interface TaskRecord {
  readonly taskId: string;
  readonly jobId: string;
  readonly tenantId: string;
  readonly state: TaskState;
  /** Capabilities that a runner must have, sorted and joined by a space: a lane of equal tasks. */
  readonly needs: string;
  /** Smaller goes first: the time it became ready, less its priority's head start (docs/adr/0004). */
  readonly rank: number;
  readonly priority: number;
  readonly readyAt: number;
  /** A task still waiting at this time is dead (queue_timeout). */
  readonly queueDeadlineAt: number;
  /** Attempts begun; hand-backs don't count. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** Fencing: one more with every lease. A completion is accepted only with the current one. */
  readonly epoch: number;
  readonly runnerId: string | null;
  readonly leasedAt: number | null;
  readonly leaseExpiresAt: number | null;
  /** The lease was found expired long after the fact, and renewed once because the queue itself had slept. */
  readonly outageRenewed: boolean;
  readonly payload: string;
  readonly error: JobError | null;
  /** How the attempts so far ended, oldest first, at most maxRetries + 1. */
  readonly attempts: readonly AttemptRecord[];
}

export interface AttemptRecord {
  readonly attempt: number;
  readonly runnerId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: "completed" | "failed" | "lost" | "canceled";
  readonly error?: JobError;
}

export interface JobRecord {
  readonly jobId: string;
  readonly tenantId: string;
  /** Which run of the job this is: a retry by the user starts the next one. */
  readonly run: number;
  readonly state: "active" | "succeeded" | "failed" | "canceled";
  /** Tasks not yet done. At 0 the job has succeeded. */
  readonly openTasks: number;
  readonly endedAt: number | null;
}

/** Live leases per tenant and when it last got one: what fairness goes by. */
export interface TenantRecord {
  readonly tenantId: string;
  readonly activeLeases: number;
  /** Grows with every lease given; ties go to who has waited longest. */
  readonly lastLeaseOrder: number;
}

/** A runner as it last described itself. */
export interface RunnerRecord {
  readonly runnerId: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly draining: boolean;
  readonly version: string;
  /** Moves at most every half lease: no row is written per beat. */
  readonly lastSeenAt: number;
}

/** Something that happened to a job, numbered per shard without gaps; kept until the projection acknowledges it. */
export interface QueueEvent {
  readonly sequence: number;
  readonly at: number;
  readonly type: "job.started" | "job.requeued" | "job.succeeded" | "job.failed" | "job.canceled";
  readonly jobId: string;
  readonly tenantId: string;
  readonly run: number;
  readonly attempt: number;
  readonly runnerId: string | null;
  readonly error: JobError | null;
  /** The manifest as JSON text, on job.succeeded. */
  readonly result: string | null;
}
