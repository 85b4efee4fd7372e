import type { JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";

/** Tenants that have ready tasks, by what those tasks need: what a lease chooses among. */
export interface Lane {
  readonly tenantId: string;
  readonly needs: string;
}

/** What the queue reads. Every answer is of this moment, synchronous, and bounded by `limit` where there is one. */
export interface QueueReader {
  job(jobId: string): JobRecord | undefined;
  task(taskId: string): TaskRecord | undefined;
  tasksOfJob(jobId: string): TaskRecord[];
  tenant(tenantId: string): TenantRecord | undefined;
  runner(runnerId: string): RunnerRecord | undefined;
  runners(): RunnerRecord[];
  /** Lanes with at least one ready task. */
  readyLanes(): Lane[];
  /** The ready task of the lane with the smallest rank, then the smallest task id. */
  firstReady(lane: Lane): TaskRecord | undefined;
  /** Delayed tasks whose readyAt has come, earliest first. */
  delayedDue(now: number, limit: number): TaskRecord[];
  /** Leased tasks whose lease has run out, earliest first. */
  leasesExpired(now: number, limit: number): TaskRecord[];
  /** Ready or delayed tasks whose queue deadline has passed. */
  queueDeadlinesPassed(now: number, limit: number): TaskRecord[];
  leasesOf(runnerId: string): TaskRecord[];
  /** Events after `sequence`, in order. */
  events(afterSequence: number, limit: number): QueueEvent[];
  /** The last sequence given, 0 before the first. */
  lastSequence(): number;
  /** The last lease order given, 0 before the first. */
  lastLeaseOrder(): number;
  /** Earliest of: a delayed task's readyAt, a lease's expiry, a queue deadline. */
  nextDeadline(): number | undefined;
  counts(): QueueCounts;
}

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  /** When the oldest ready task became ready. */
  readonly oldestReadyAt: number | null;
  readonly unacknowledgedEvents: number;
}

/** What a transition changes, as data. A store applies a list of them all or not at all. */
export type Write =
  | { readonly op: "putTask"; readonly task: TaskRecord }
  | { readonly op: "deleteTask"; readonly taskId: string }
  | { readonly op: "putJob"; readonly job: JobRecord }
  | { readonly op: "deleteJob"; readonly jobId: string }
  | { readonly op: "putTenant"; readonly tenant: TenantRecord }
  | { readonly op: "putRunner"; readonly runner: RunnerRecord }
  | { readonly op: "appendEvent"; readonly event: QueueEvent }
  | { readonly op: "deleteEvents"; readonly upToSequence: number };

export interface QueueStore extends QueueReader {
  apply(writes: readonly Write[]): void;
  /** Runs `body` as one transaction: a throw leaves nothing behind. */
  transaction<T>(body: () => T): T;
}
