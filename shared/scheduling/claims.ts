import type { Claim, TaskRecord } from "./records.ts";

/** A task under a lease, whose fields are then all there. */
export interface HeldTask extends TaskRecord {
  readonly state: "leased";
  readonly runnerId: string;
  readonly leasedAt: number;
  readonly leaseExpiresAt: number;
}

export interface LeaseClaim {
  readonly taskId: string;
  readonly epoch: number;
  readonly runnerId: string;
}

/**
 * A task as each of its live leases holds it, none where it is not leased. Seen from one of two, the other is its rival:
 * rules that end a lease need not know which came first.
 */
export function leasesOn(task: TaskRecord): HeldTask[] {
  if (!isHeld(task)) return [];
  return task.rival === null ? [task] : [task, { ...task, ...task.rival, rival: claimOf(task) }];
}

/** The task as the claim holds it; undefined where it holds it no more. */
export function heldBy(task: TaskRecord | undefined, claim: LeaseClaim): HeldTask | undefined {
  return task && leasesOn(task).find((held) => isCurrent(held, claim));
}

/** Whether the claim is of the task's lease, or of its last one. An older epoch, or another runner's, is not. */
export function isCurrent(task: Pick<TaskRecord, "epoch" | "runnerId">, claim: LeaseClaim): boolean {
  return task.epoch === claim.epoch && task.runnerId === claim.runnerId;
}

/** Whether the task as a lease holds it is leased a second time by it. */
export function isHedge({ epoch, rival }: TaskRecord): boolean {
  return rival !== null && epoch > rival.epoch;
}

/** The stored task, with other times of the lease that holds it so. */
export function withTimes(
  task: TaskRecord,
  { epoch }: HeldTask,
  times: Pick<Claim, "leaseExpiresAt" | "outageRenewed">,
): TaskRecord {
  return task.rival?.epoch === epoch ? { ...task, rival: { ...task.rival, ...times } } : { ...task, ...times };
}

function claimOf({ epoch, runnerId, leasedAt, leaseExpiresAt, outageRenewed }: HeldTask): Claim {
  return { epoch, runnerId, leasedAt, leaseExpiresAt, outageRenewed };
}

function isHeld(task: TaskRecord): task is HeldTask {
  return task.state === "leased" && task.runnerId !== null && task.leasedAt !== null && task.leaseExpiresAt !== null;
}
