import type { Circumstances, HeartbeatCommand, HeartbeatVerdict } from "../commands.ts";
import type { Draft } from "./draft.ts";
import { isCurrent, isHeld, type LeaseClaim } from "./held-lease.ts";
import { seeRunner } from "./see-runner.ts";

/** One beat for all leases of a runner, with a verdict on each. */
export function heartbeat(draft: Draft, command: HeartbeatCommand, circumstances: Circumstances): HeartbeatVerdict[] {
  seeRunner(draft, command, circumstances.settings);
  return command.leases.map(({ taskId, epoch }) =>
    judge(draft, { taskId, epoch, runnerId: command.runnerId }, circumstances),
  );
}

/** A lease is prolonged only when half of it is gone: most beats write nothing. */
function judge(draft: Draft, claim: LeaseClaim, { now, settings: { leaseMs } }: Circumstances): HeartbeatVerdict {
  const { taskId, epoch } = claim;
  const over = { taskId, epoch, expiresAt: null, extended: false };
  const task = draft.task(taskId);
  if (!task || !isCurrent(task, claim)) return { ...over, verdict: "lost" };
  if (task.state === "canceled") return { ...over, verdict: "cancel" };
  if (task.state === "done") return { ...over, verdict: "keep" };
  if (!isHeld(task)) return { ...over, verdict: "lost" };

  if (task.leaseExpiresAt - now > leaseMs / 2)
    return { taskId, epoch, verdict: "keep", expiresAt: task.leaseExpiresAt, extended: false };
  const expiresAt = now + leaseMs;
  draft.putTask({ ...task, leaseExpiresAt: expiresAt, outageRenewed: false });
  return { taskId, epoch, verdict: "keep", expiresAt, extended: true };
}
