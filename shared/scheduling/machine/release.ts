import { withFound } from "../../contracts/found-need.ts";
import type { HeldTask } from "../claims.ts";
import type { Circumstances, ReleaseCommand, ReleaseReply } from "../commands.ts";
import { laneNeeds, needsOf } from "../lanes.ts";
import type { Draft } from "./draft.ts";
import { leaveToRival, retryOrDie } from "./end-attempt.ts";
import { heldLease } from "./held-lease.ts";
import { requeueJob } from "./requeue-job.ts";
import { scheduleHedge } from "./schedule-hedge.ts";

/**
 * Takes a task back untried. It keeps its place in line and its queue deadline, so that one that nobody can do in the
 * end dies of that; the epoch stays used. Of a task that was leased twice the other lease goes on, or has failed: then
 * that is how the attempt ends. What it turned out to need is asked of its next runner, whoever that is.
 */
export function release(draft: Draft, command: ReleaseCommand, circumstances: Circumstances): ReleaseReply {
  const { now, settings } = circumstances;
  const held = heldLease(draft, command);
  if (!held) return "lease_lost";
  const task: HeldTask = { ...held, needs: withNeeds(held.needs, command.needs ?? []) };
  const attempt = task.attempt - 1;
  draft.removeLease(task.tenantId);
  const error = task.attempts.findLast((other) => other.attempt === task.attempt)?.error;
  if (task.rival) leaveToRival(draft, task, task.rival, settings);
  else if (error) retryOrDie(draft, task, { error, retryable: true }, circumstances);
  if (task.rival || error) return "released";
  draft.putTask({
    ...task,
    state: command.delayMs > 0 ? "delayed" : "ready",
    readyAt: now + command.delayMs,
    attempt,
    runnerId: null,
    leaseExpiresAt: null,
  });
  requeueJob(draft, task, { attempt, runnerId: task.runnerId });
  if (task.hedgeable) scheduleHedge(draft, task.jobId, settings);
  return "released";
}

function withNeeds(needs: string, found: readonly string[]): string {
  return laneNeeds(withFound(needsOf(needs), found));
}
