import type { Circumstances, CompleteCommand, CompleteReply } from "../commands.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { attemptsWith, heldLease, isCurrent } from "./held-lease.ts";
import { clearParties } from "./judge-parties.ts";

/** Accepts the work of the current lease, once. The last task to be done ends the job, and its result is the job's. */
export function complete(draft: Draft, command: CompleteCommand, { now }: Circumstances): CompleteReply {
  const task = heldLease(draft, command);
  if (!task) {
    const ended = draft.task(command.taskId);
    return ended?.state === "done" && isCurrent(ended, command) ? "completed" : "lease_lost";
  }
  draft.removeLease(task.tenantId);
  clearParties(draft, task);
  const attempts = attemptsWith(task, now, { outcome: "completed" });
  draft.putTask({ ...task, state: "done", leaseExpiresAt: null, attempts });

  const job = draft.jobOf(task);
  const rest = { ...job, openTasks: job.openTasks - 1 };
  const { attempt, runnerId } = task;
  if (rest.openTasks > 0) draft.putJob(rest);
  else endJob(draft, rest, "succeeded", { attempt, runnerId, result: command.result });
  return "completed";
}
