import type { BreakerRecord, JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";

/** The ready tasks of one tenant that need the same and are made by the same recipe. */
export interface Lane {
  readonly tenantId: string;
  readonly needs: string;
  readonly recipe: string;
}

/**
 * A lane with work, and what fairness knows of its tenant (0, 0 and no limit where it never had a lease): what a lease
 * chooses among.
 */
export interface ReadyLane extends Lane {
  readonly activeLeases: number;
  readonly lastLeaseOrder: number;
  /** See TenantShare. */
  readonly maxRunning: number | null;
}

/**
 * What the queue reads. Every answer is of this moment, synchronous, and bounded by `limit` where there is one. Where
 * nothing else is said, lists are in the order of their ids.
 */
export interface QueueReader {
  job(jobId: string): JobRecord | undefined;
  task(taskId: string): TaskRecord | undefined;
  /** Of many at most `limit`, where one is given. */
  tasksOfJob(jobId: string, limit?: number): TaskRecord[];
  /** Those of the job that time changes: ready, delayed or leased. */
  dueTasksOf(jobId: string): TaskRecord[];
  /** The task of the job with these needs that stands in its lane, or is delayed, and was never leased: one at most. */
  frontOf(jobId: string, needs: string): TaskRecord | undefined;
  /** Of the tasks lined up behind that one the first: the smallest order, then the smallest task id. */
  firstLined(jobId: string, needs: string): TaskRecord | undefined;
  tenant(tenantId: string): TenantRecord | undefined;
  /** Those that have leases, and a limit to them. */
  limitedTenants(): TenantRecord[];
  runner(runnerId: string): RunnerRecord | undefined;
  runners(): RunnerRecord[];
  /** Lanes with at least one ready task, by needs, then tenant, then recipe. */
  readyLanes(): ReadyLane[];
  /** The ready task of the lane with the smallest rank, then the smallest task id. */
  firstReady(lane: Lane): TaskRecord | undefined;
  /** How many ready tasks of the lane go before one with this rank and id; counted up to `limit`. */
  readyBefore(lane: Lane, position: Pick<TaskRecord, "rank" | "taskId">, limit: number): number;
  /** Delayed tasks whose readyAt has come, earliest first. */
  delayedDue(now: number, limit: number): TaskRecord[];
  /** Leased tasks whose lease has run out, earliest first. */
  leasesExpired(now: number, limit: number): TaskRecord[];
  /** Ready tasks whose queue deadline has passed, earliest first. */
  queueDeadlinesPassed(now: number, limit: number): TaskRecord[];
  /** Live leases of a runner: each task as that lease holds it. */
  leasesOf(runnerId: string): TaskRecord[];
  /** How many live leases each runner has that has any. */
  leaseCounts(): ReadonlyMap<string, number>;
  /** Jobs with a task that is slow at this time, by their hedgeAt, earliest first. */
  jobsToHedge(now: number, limit: number): JobRecord[];
  /** The job's leased tasks that may be hedged and were leased at this time or before, longest leased first. */
  unhedged(jobId: string, leasedUpTo: number, limit: number): TaskRecord[];
  /** Jobs that ended at this time or before, earliest first. */
  jobsEnded(upTo: number, limit: number): JobRecord[];
  /** The jobs that ended last, latest first. */
  latestEnded(limit: number): JobRecord[];
  /** Runners last seen at this time or before. */
  runnersUnseenSince(time: number, limit: number): RunnerRecord[];
  /** Events after `sequence`, in order. */
  events(afterSequence: number, limit: number): QueueEvent[];
  /** The last sequence given, 0 before the first. */
  lastSequence(): number;
  /** The highest sequence acknowledged, 0 before the first. */
  acknowledgedSequence(): number;
  /** The last lease order given, 0 before the first. */
  lastLeaseOrder(): number;
  /** Those of these breakers that have a row. */
  breakers(keys: readonly string[]): BreakerRecord[];
  /** Breakers that are open or half open. */
  pausedBreakers(): BreakerRecord[];
  /** Open breakers whose pause is over. */
  breakersDue(now: number, limit: number): BreakerRecord[];
  /** Breakers whose last failure was at this time or before. */
  breakersQuietSince(time: number, limit: number): BreakerRecord[];
  /**
   * Earliest of: a delayed task's readyAt, a lease's expiry, a ready task's queue deadline, an open breaker's retryAt.
   * Forgetting has no deadline. Of jobs' hedgeAt, which change nothing, those after `hedgesAfter`, where it is given.
   */
  nextDeadline(hedgesAfter?: number): number | undefined;
  counts(): QueueCounts;
}

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  /** Become ready one by one, as those before them are leased. */
  readonly lined: number;
  readonly blocked: number;
  readonly leased: number;
  readonly dead: number;
  /** When the ready task that is nearest to its queue deadline became ready. */
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
  | { readonly op: "deleteRunner"; readonly runnerId: string }
  | { readonly op: "putBreaker"; readonly breaker: BreakerRecord }
  | { readonly op: "deleteBreaker"; readonly key: string }
  | { readonly op: "appendEvent"; readonly event: QueueEvent }
  | ({ readonly op: "acknowledgeEvents" } & Acknowledgement);

/**
 * Up to where events are acknowledged. Of these the oldest go, before the first that happened after `forgetAt` and is
 * numbered above `forgetUpTo`.
 */
export interface Acknowledgement {
  readonly upToSequence: number;
  readonly forgetAt: number;
  readonly forgetUpTo: number;
}

export interface QueueStore extends QueueReader {
  apply(writes: readonly Write[]): void;
  /** Runs `body` as one transaction: a throw leaves nothing behind. One inside another is undone with it, or alone. */
  transaction<T>(body: () => T): T;
}
