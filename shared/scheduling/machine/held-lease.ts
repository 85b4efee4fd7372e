import { type HeldTask, heldBy, type LeaseClaim } from "../claims.ts";
import type { AttemptRecord } from "../records.ts";
import type { Draft } from "./draft.ts";

/**
 * The task as the claim holds it, where that is a live lease. One that has run out but was not taken back yet is still
 * live: nobody else has the task for it.
 */
export function heldLease(draft: Draft, claim: LeaseClaim): HeldTask | undefined {
  return heldBy(draft.task(claim.taskId), claim);
}

/** The attempts of a task with the lease that ends now. */
export function attemptsWith(
  task: HeldTask,
  now: number,
  end: Pick<AttemptRecord, "outcome" | "error">,
): AttemptRecord[] {
  return [...task.attempts, endOf(task, now, end)];
}

/** How a lease ended. */
export function endOf(
  { attempt, runnerId, leasedAt }: Pick<HeldTask, "attempt" | "runnerId" | "leasedAt">,
  now: number,
  end: Pick<AttemptRecord, "outcome" | "error">,
): AttemptRecord {
  return { attempt, runnerId, startedAt: leasedAt, endedAt: now, ...end };
}
