import type { Circumstances, ReleaseCommand, ReleaseReply } from "../commands.ts";
import type { Draft } from "./draft.ts";
import { heldLease } from "./held-lease.ts";
import { requeueJob } from "./requeue-job.ts";

/**
 * Takes a task back untried. It keeps its place in line and its queue deadline, so that one that nobody can do in the
 * end dies of that; the epoch stays used.
 */
export function release(draft: Draft, command: ReleaseCommand, { now }: Circumstances): ReleaseReply {
  const task = heldLease(draft, command);
  if (!task) return "lease_lost";
  const attempt = task.attempt - 1;
  draft.removeLease(task.tenantId);
  draft.putTask({
    ...task,
    state: command.delayMs > 0 ? "delayed" : "ready",
    readyAt: now + command.delayMs,
    attempt,
    runnerId: null,
    leaseExpiresAt: null,
  });
  requeueJob(draft, task, { attempt, runnerId: task.runnerId });
  return "released";
}
