import { heldBy, isCurrent, type LeaseClaim, withTimes } from "../claims.ts";
import type { Circumstances, HeartbeatCommand, HeartbeatVerdict } from "../commands.ts";
import type { Draft } from "./draft.ts";
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
  if (!task) return { ...over, verdict: "lost" };
  if (task.state === "canceled" && [task, ...(task.rival ? [task.rival] : [])].some((held) => isCurrent(held, claim)))
    return { ...over, verdict: "cancel" };
  if (task.state === "done" && isCurrent(task, claim)) return { ...over, verdict: "keep" };
  const held = heldBy(task, claim);
  if (!held) return { ...over, verdict: "lost" };

  if (held.leaseExpiresAt - now > leaseMs / 2)
    return { taskId, epoch, verdict: "keep", expiresAt: held.leaseExpiresAt, extended: false };
  const expiresAt = now + leaseMs;
  draft.putTask(withTimes(task, held, { leaseExpiresAt: expiresAt, outageRenewed: false }));
  return { taskId, epoch, verdict: "keep", expiresAt, extended: true };
}
