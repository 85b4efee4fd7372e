import { type ErrorCode, errorCodes } from "../errors/catalogue.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { dueAt } from "./due.ts";
import type { BreakerRecord, Claim, JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";
import type { SqlRow, SqlValue } from "./sql-driver.ts";

/**
 * Rows of SqlStore and the records they hold. They are our own writing, so columns are checked for their SQL type and
 * JSON is not parsed by its schema again: a rule that grew stricter must not make a stored task unreadable.
 */

const taskStates: readonly TaskRecord["state"][] = [
  "ready",
  "delayed",
  "blocked",
  "lined",
  "leased",
  "done",
  "dead",
  "canceled",
];
const jobStates: readonly JobRecord["state"][] = ["active", "succeeded", "failed", "canceled"];
const breakerStates: readonly BreakerRecord["state"][] = ["closed", "open", "half_open"];
const hedgeEnds: readonly NonNullable<QueueEvent["hedge"]>[] = ["won", "lost"];
const eventTypes: readonly QueueEvent["type"][] = [
  "job.started",
  "job.requeued",
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "task.completed",
];

export const taskColumns = [
  ..."task_id job_id tenant_id part place unblocks waits state needs recipe rank priority".split(" "),
  ..."ready_at waits_since queue_deadline_at due_at attempt max_retries epoch runner_id leased_at".split(" "),
  ..."lease_expires_at outage_renewed payload error result attempts".split(" "),
  ..."last_epoch hedgeable hedged rival_epoch rival_runner_id rival_leased_at rival_expires_at rival_renewed".split(
    " ",
  ),
];
export const jobColumns = [
  ..."job_id tenant_id run state open_tasks done_tasks running ended_at last_event_sequence".split(" "),
  ..."recent_ms hedges hedge_at".split(" "),
];
export const tenantColumns = "tenant_id active_leases last_lease_order max_running share_set_at".split(" ");
export const runnerColumns = "runner_id capabilities slots draining version hold_back_ms last_seen_at failures".split(
  " ",
);
export const breakerColumns =
  "key state failures last_failure_at last_code openings opened_at retry_at trial_task_id trial_epoch".split(" ");
export const eventColumns =
  "sequence at type job_id tenant_id run task_id part attempt runner_id error result hedge".split(" ");

/** In the order of taskColumns; the others likewise. */
export function taskValues(task: TaskRecord): SqlValue[] {
  return [
    task.taskId,
    task.jobId,
    task.tenantId,
    task.part,
    task.order,
    task.unblocks,
    task.waits,
    task.state,
    task.needs,
    task.recipe,
    task.rank,
    task.priority,
    task.readyAt,
    task.waitsSince,
    task.queueDeadlineAt,
    dueAt(task),
    task.attempt,
    task.maxRetries,
    task.epoch,
    task.runnerId,
    task.leasedAt,
    task.leaseExpiresAt,
    Number(task.outageRenewed),
    task.payload,
    task.error && JSON.stringify(task.error),
    task.result,
    JSON.stringify(task.attempts),
    task.lastEpoch,
    Number(task.hedgeable),
    Number(task.hedged),
    ...claimValues(task.rival),
  ];
}

function claimValues(claim: Claim | null): SqlValue[] {
  if (claim === null) return [null, null, null, null, null];
  const { epoch, runnerId, leasedAt, leaseExpiresAt, outageRenewed } = claim;
  return [epoch, runnerId, leasedAt, leaseExpiresAt, Number(outageRenewed)];
}

export function taskOf(row: SqlRow): TaskRecord {
  return {
    taskId: text(row, "task_id"),
    jobId: text(row, "job_id"),
    tenantId: text(row, "tenant_id"),
    part: text(row, "part"),
    order: integer(row, "place"),
    unblocks: textOrNull(row, "unblocks"),
    waits: integer(row, "waits"),
    state: oneOf(taskStates, row, "state"),
    needs: text(row, "needs"),
    recipe: text(row, "recipe"),
    rank: integer(row, "rank"),
    priority: integer(row, "priority"),
    readyAt: integer(row, "ready_at"),
    waitsSince: integerOrNull(row, "waits_since") ?? integer(row, "ready_at"),
    queueDeadlineAt: integer(row, "queue_deadline_at"),
    attempt: integer(row, "attempt"),
    maxRetries: integer(row, "max_retries"),
    epoch: integer(row, "epoch"),
    runnerId: textOrNull(row, "runner_id"),
    leasedAt: integerOrNull(row, "leased_at"),
    leaseExpiresAt: integerOrNull(row, "lease_expires_at"),
    outageRenewed: integer(row, "outage_renewed") === 1,
    payload: text(row, "payload"),
    error: json<TaskRecord["error"]>(textOrNull(row, "error")),
    result: textOrNull(row, "result"),
    attempts: json<TaskRecord["attempts"]>(text(row, "attempts")),
    lastEpoch: integer(row, "last_epoch"),
    hedgeable: integer(row, "hedgeable") === 1,
    hedged: integer(row, "hedged") === 1,
    rival: rivalOf(row),
  };
}

function rivalOf(row: SqlRow): Claim | null {
  const runnerId = textOrNull(row, "rival_runner_id");
  if (runnerId === null) return null;
  return {
    epoch: integer(row, "rival_epoch"),
    runnerId,
    leasedAt: integer(row, "rival_leased_at"),
    leaseExpiresAt: integer(row, "rival_expires_at"),
    outageRenewed: integer(row, "rival_renewed") === 1,
  };
}

export function jobValues(job: JobRecord): SqlValue[] {
  const { jobId, tenantId, run, state, openTasks, doneTasks, running, endedAt, lastEventSequence } = job;
  const hedging = [JSON.stringify(job.recentMs), job.hedges, job.hedgeAt];
  return [jobId, tenantId, run, state, openTasks, doneTasks, Number(running), endedAt, lastEventSequence, ...hedging];
}

export function jobOf(row: SqlRow): JobRecord {
  return {
    jobId: text(row, "job_id"),
    tenantId: text(row, "tenant_id"),
    run: integer(row, "run"),
    state: oneOf(jobStates, row, "state"),
    openTasks: integer(row, "open_tasks"),
    doneTasks: integer(row, "done_tasks"),
    running: integer(row, "running") === 1,
    endedAt: integerOrNull(row, "ended_at"),
    lastEventSequence: integer(row, "last_event_sequence"),
    recentMs: json<number[]>(text(row, "recent_ms")),
    hedges: integer(row, "hedges"),
    hedgeAt: integerOrNull(row, "hedge_at"),
  };
}

export function tenantValues({ tenantId, activeLeases, lastLeaseOrder, share }: TenantRecord): SqlValue[] {
  return [tenantId, activeLeases, lastLeaseOrder, share.maxRunning, share.setAt];
}

export function tenantOf(row: SqlRow): TenantRecord {
  return {
    tenantId: text(row, "tenant_id"),
    activeLeases: integer(row, "active_leases"),
    lastLeaseOrder: integer(row, "last_lease_order"),
    share: { maxRunning: integerOrNull(row, "max_running"), setAt: integer(row, "share_set_at") },
  };
}

export function runnerValues(runner: RunnerRecord): SqlValue[] {
  const { runnerId, capabilities, slots, draining, version, holdBackMs, lastSeenAt, failures } = runner;
  const described = [JSON.stringify(capabilities), slots, Number(draining), version, holdBackMs];
  return [runnerId, ...described, lastSeenAt, JSON.stringify(failures)];
}

export function runnerOf(row: SqlRow): RunnerRecord {
  return {
    runnerId: text(row, "runner_id"),
    capabilities: json<string[]>(text(row, "capabilities")),
    slots: integer(row, "slots"),
    draining: integer(row, "draining") === 1,
    version: text(row, "version"),
    holdBackMs: integer(row, "hold_back_ms"),
    lastSeenAt: integer(row, "last_seen_at"),
    failures: json<RunnerRecord["failures"]>(text(row, "failures")),
  };
}

export function breakerValues(breaker: BreakerRecord): SqlValue[] {
  const { key, state, failures, lastFailureAt, lastCode, openings, openedAt, retryAt, trial } = breaker;
  const [trialTaskId, trialEpoch] = trial ? [trial.taskId, trial.epoch] : [null, null];
  const list = JSON.stringify(failures);
  return [key, state, list, lastFailureAt, lastCode, openings, openedAt, retryAt, trialTaskId, trialEpoch];
}

export function breakerOf(row: SqlRow): BreakerRecord {
  const trialTaskId = textOrNull(row, "trial_task_id");
  return {
    key: text(row, "key"),
    state: oneOf(breakerStates, row, "state"),
    failures: json<BreakerRecord["failures"]>(text(row, "failures")),
    lastFailureAt: integer(row, "last_failure_at"),
    lastCode: oneOf<ErrorCode>(errorCodes, row, "last_code"),
    openings: integer(row, "openings"),
    openedAt: integerOrNull(row, "opened_at"),
    retryAt: integerOrNull(row, "retry_at"),
    trial: trialTaskId === null ? null : { taskId: trialTaskId, epoch: integer(row, "trial_epoch") },
  };
}

export function eventValues(event: QueueEvent): SqlValue[] {
  const { sequence, at, type, jobId, tenantId, run, taskId, part, attempt, runnerId, error, result, hedge } = event;
  const whose = [jobId, tenantId, run, taskId, part];
  return [sequence, at, type, ...whose, attempt, runnerId, error && JSON.stringify(error), result, hedge];
}

export function eventOf(row: SqlRow): QueueEvent {
  return {
    sequence: integer(row, "sequence"),
    at: integer(row, "at"),
    type: oneOf(eventTypes, row, "type"),
    jobId: text(row, "job_id"),
    tenantId: text(row, "tenant_id"),
    run: integer(row, "run"),
    taskId: textOrNull(row, "task_id"),
    part: textOrNull(row, "part"),
    attempt: integer(row, "attempt"),
    runnerId: textOrNull(row, "runner_id"),
    error: json<QueueEvent["error"]>(textOrNull(row, "error")),
    result: textOrNull(row, "result"),
    hedge: row.hedge === null ? null : oneOf(hedgeEnds, row, "hedge"),
  };
}

export function integer(row: SqlRow, column: string): number {
  return integerOrNull(row, column) ?? broken(column);
}

export function integerOrNull(row: SqlRow, column: string): number | null {
  const value = row[column];
  return typeof value === "number" || value === null ? value : broken(column);
}

export function text(row: SqlRow, column: string): string {
  return textOrNull(row, column) ?? broken(column);
}

function textOrNull(row: SqlRow, column: string): string | null {
  const value = row[column];
  return typeof value === "string" || value === null ? value : broken(column);
}

function oneOf<T extends string>(known: readonly T[], row: SqlRow, column: string): T {
  return known.find((value) => value === row[column]) ?? broken(column);
}

function json<T>(value: string): T;
function json<T>(value: string | null): T | null;
function json<T>(value: string | null): T | null {
  return value === null ? null : JSON.parse(value);
}

function broken(column: string): never {
  throw new ReelwayError("internal", `column ${column} of the queue's storage has the wrong type`);
}
