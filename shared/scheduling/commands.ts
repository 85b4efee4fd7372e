import type { JobError } from "../contracts/job-error.ts";
import type { TaskRecord, TenantShare } from "./records.ts";

/** What may be asked of a region's queue, and what it answers. */

export interface NewTask {
  readonly taskId: string;
  readonly needs: readonly string[];
  /** See TaskRecord. A caller one version older names none. */
  readonly recipe?: string;
  readonly payload: string;
  /** What it is within its job, such as `encode:12`; none for a job's only task. */
  readonly part?: string;
  /** Its place among the tasks of its job that need the same; smaller first, 0 unless said. */
  readonly order?: number;
  /** The task of the same job that waits for this one: of the same command, or one that is blocked already. */
  readonly unblocks?: string;
  /** See TaskRecord; no unless said. */
  readonly hedgeable?: boolean;
}

export interface EnqueueCommand {
  readonly type: "enqueue";
  readonly jobId: string;
  readonly tenantId: string;
  readonly run: number;
  readonly priority: number;
  /** Not before this time; null for at once. */
  readonly startAt: number | null;
  readonly tasks: readonly NewTask[];
  /** What its tenant may have at once, as of this moment. A caller one version older does not say. */
  readonly share?: TenantShare;
}
/**
 * duplicate: this run is known already. canceled: it has been cancelled, perhaps before it arrived. stale: a later run
 * is known. These three change nothing of the job.
 */
export type EnqueueReply = "enqueued" | "duplicate" | "canceled" | "stale";

export interface CancelCommand {
  readonly type: "cancel";
  readonly jobId: string;
  readonly tenantId: string;
  readonly run: number;
}
/**
 * canceled: now or by an earlier cancel. ended: the run had ended by itself, or a later one is known. A run that is not
 * known yet is remembered as cancelled.
 */
export interface CancelReply {
  readonly outcome: "canceled" | "ended";
  /** Leases that were cut short, for the doorbell. */
  readonly stopped: readonly StoppedLease[];
}
export interface StoppedLease {
  readonly runnerId: string;
  readonly taskId: string;
  readonly epoch: number;
}

/**
 * Asks for one task. Called once per free slot, inside one transaction. Delayed tasks that have come due count only
 * after a tick.
 */
export interface LeaseCommand {
  readonly type: "lease";
  readonly runnerId: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly draining: boolean;
  readonly version: string;
  /** Where nothing else is there for it, the runner may have a second lease on a task that another is slow with. */
  readonly hedging?: boolean;
  /** Leases of the runner that take no slot any more: their results are on their way up. None unless said. */
  readonly delivering?: number;
  /** Capabilities that its other tasks hold for now. None unless said. */
  readonly taken?: readonly string[];
  /** See RunnerRecord; none unless said. */
  readonly holdBackMs?: number;
}
/** The task as this lease holds it. */
export type LeaseReply = TaskRecord | null;

export interface HeartbeatCommand {
  readonly type: "heartbeat";
  readonly runnerId: string;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly draining: boolean;
  readonly version: string;
  /** See RunnerRecord; none unless said. */
  readonly holdBackMs?: number;
  readonly leases: readonly { readonly taskId: string; readonly epoch: number }[];
}
export interface HeartbeatVerdict {
  readonly taskId: string;
  readonly epoch: number;
  /** keep is also told of a task that this very lease has completed: the answer to the completion is still under way. */
  readonly verdict: "keep" | "cancel" | "lost";
  /** The stored expiry; null where no lease is left. */
  readonly expiresAt: number | null;
  /** The stored expiry moved with this beat. */
  readonly extended: boolean;
}

export interface CompleteCommand {
  readonly type: "complete";
  readonly taskId: string;
  readonly epoch: number;
  readonly runnerId: string;
  readonly result: string;
  /** What the job needs besides, now that this task has found it out. Their ids are new. */
  readonly add?: readonly NewTask[];
}
export interface CompleteReply {
  /** `completed` also answers a repeat of the accepted completion itself, which changes nothing. */
  readonly outcome: "completed" | "lease_lost";
  /** The lease that was outrun, for the doorbell. */
  readonly stopped: readonly StoppedLease[];
}

export interface FailCommand {
  readonly type: "fail";
  readonly taskId: string;
  readonly epoch: number;
  readonly runnerId: string;
  readonly error: JobError;
  readonly retryable: boolean;
}
/** retrying: also where another lease of the same attempt goes on. */
export type FailReply = "retrying" | "dead" | "lease_lost";

export interface ReleaseCommand {
  readonly type: "release";
  readonly taskId: string;
  readonly epoch: number;
  readonly runnerId: string;
  /** Keep it away for this long: the runner that handed it back would be first to see it again. */
  readonly delayMs: number;
  /** What it turned out to need besides. Nothing unless said. */
  readonly needs?: readonly string[];
}
export type ReleaseReply = "released" | "lease_lost";

/** Time has passed: expires leases, wakes delayed tasks, ends what waited too long; bounded work per call. */
export interface TickCommand {
  readonly type: "tick";
}
export interface TickReply {
  /** This tick did all that one may do, and more may be due: tick again. */
  readonly more: boolean;
}

/** The projection has stored every event up to here. */
export interface AcknowledgeCommand {
  readonly type: "acknowledge";
  readonly upToSequence: number;
}

/** Somebody has seen to what kept failing: the party is leased to again at once, and counted from nothing. */
export interface ResetBreakerCommand {
  readonly type: "resetBreaker";
  readonly key: string;
}
/** Whether there was anything to forget. */
export type ResetBreakerReply = boolean;

/** What a tenant may have at once has been changed. What is leased already stays so. */
export interface LimitTenantCommand {
  readonly type: "limitTenant";
  readonly tenantId: string;
  readonly share: TenantShare;
}
/** Whether it was news: no newer word was known. */
export type LimitTenantReply = boolean;

export interface Commands {
  enqueue: EnqueueCommand;
  cancel: CancelCommand;
  lease: LeaseCommand;
  heartbeat: HeartbeatCommand;
  complete: CompleteCommand;
  fail: FailCommand;
  release: ReleaseCommand;
  tick: TickCommand;
  acknowledge: AcknowledgeCommand;
  resetBreaker: ResetBreakerCommand;
  limitTenant: LimitTenantCommand;
}
export type CommandType = keyof Commands;
export type Command = Commands[CommandType];

export interface Replies {
  enqueue: EnqueueReply;
  cancel: CancelReply;
  lease: LeaseReply;
  heartbeat: readonly HeartbeatVerdict[];
  complete: CompleteReply;
  fail: FailReply;
  release: ReleaseReply;
  tick: TickReply;
  acknowledge: null;
  resetBreaker: ResetBreakerReply;
  limitTenant: LimitTenantReply;
}
export type ReplyTo<C extends Command> = Replies[C["type"]];

/** What the machine is told besides the command: nothing else may differ between two runs of it. */
export interface Circumstances {
  readonly now: number;
  /** In [0, 1): the jitter of this command's backoff. */
  readonly random: number;
  readonly settings: QueueSettings;
}

export interface QueueSettings {
  readonly leaseMs: number;
  readonly maxRetries: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly queuedMs: number;
  readonly outageMs: number;
  readonly priorityPointMs: number;
  /** Ended jobs and their tasks are forgotten after this long; a repeated enqueue that comes later still would run again. */
  readonly retentionMs: number;
  /** Acknowledged events are kept for this long, and at most so many of them: an older D1 that is put back lacks them. */
  readonly replayMs: number;
  readonly replayEvents: number;
  readonly breakers: BreakerSettings;
  readonly hedging: HedgeSettings;
  readonly shard: ShardPlace;
}

/** Which of its region's shards a queue is: each has its part of a tenant's share. */
export interface ShardPlace {
  readonly index: number;
  /** How many shards the region has. */
  readonly count: number;
}

export interface HedgeSettings {
  /** A task is slow after so many times the median of what the like of its job took lately; 0: nothing is hedged. */
  readonly factor: number;
  /** Nothing is slow before this. */
  readonly minMs: number;
  /** Hedges of one job at once: this many, or one for so many of its open tasks where that is more. */
  readonly perJob: number;
  readonly openTasksPerHedge: number;
}

export interface BreakerSettings {
  /** Failed jobs in a row that open the breaker of a runner, a recipe, a tenant. */
  readonly runnerFailures: number;
  readonly recipeFailures: number;
  readonly tenantFailures: number;
  /** The first pause; each one that follows without a success is twice as long, up to `pauseMaxMs`. */
  readonly pauseMs: number;
  readonly pauseMaxMs: number;
  /** Failures further apart than this are no run. */
  readonly runMs: number;
}
