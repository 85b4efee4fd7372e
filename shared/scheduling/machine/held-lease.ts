import type { AttemptRecord, TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

/** A task under a lease, whose fields are then all there. */
export interface HeldTask extends TaskRecord {
  readonly state: "leased";
  readonly runnerId: string;
  readonly leasedAt: number;
  readonly leaseExpiresAt: number;
}

export function isHeld(task: TaskRecord): task is HeldTask {
  return task.state === "leased" && task.runnerId !== null && task.leasedAt !== null && task.leaseExpiresAt !== null;
}

export interface LeaseClaim {
  readonly taskId: string;
  readonly epoch: number;
  readonly runnerId: string;
}

/** Whether the claim is of the task's last lease. An older epoch, or another runner's, is not. */
export function isCurrent(task: TaskRecord, claim: LeaseClaim): boolean {
  return task.epoch === claim.epoch && task.runnerId === claim.runnerId;
}

/**
 * The task, where the claim is of its live lease. A lease that has run out but was not taken back yet is still live:
 * nobody else has the task.
 */
export function heldLease(draft: Draft, claim: LeaseClaim): HeldTask | undefined {
  const task = draft.task(claim.taskId);
  return task && isHeld(task) && isCurrent(task, claim) ? task : undefined;
}

/** The attempts of a task with the one that ends now. */
export function attemptsWith(
  task: HeldTask,
  now: number,
  end: Pick<AttemptRecord, "outcome" | "error">,
): AttemptRecord[] {
  const { attempt, runnerId, leasedAt } = task;
  return [...task.attempts, { attempt, runnerId, startedAt: leasedAt, endedAt: now, ...end }];
}
