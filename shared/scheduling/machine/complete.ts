import type { Circumstances, CompleteCommand, CompleteReply } from "../commands.ts";
import { addTasks } from "./add-tasks.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { attemptsWith, heldLease, isCurrent } from "./held-lease.ts";
import { clearParties } from "./judge-parties.ts";
import { unblock } from "./line-up.ts";

/**
 * Accepts the work of the current lease, once, with what it adds to the job. The last task to be done ends the job, and
 * its result is the job's.
 */
export function complete(draft: Draft, command: CompleteCommand, circumstances: Circumstances): CompleteReply {
  const task = heldLease(draft, command);
  if (!task) {
    const ended = draft.task(command.taskId);
    return ended?.state === "done" && isCurrent(ended, command) ? "completed" : "lease_lost";
  }
  draft.removeLease(task.tenantId);
  clearParties(draft, task);
  const { taskId, part, attempt, runnerId } = task;
  const result = part === "" ? null : command.result;
  const attempts = attemptsWith(task, draft.now, { outcome: "completed" });
  draft.putTask({ ...task, state: "done", leaseExpiresAt: null, result, attempts });

  const job = draft.jobOf(task);
  const add = command.add ?? [];
  // Before what waits for this task is let go: it may have to wait for these.
  if (add.length > 0) {
    const hasFront = (needs: string) => draft.hasFront(task.jobId, needs);
    addTasks(draft, { ...task, run: job.run, startAt: null, epochs: new Map(), hasFront }, add, circumstances);
  }
  if (task.unblocks !== null) unblock(draft, task.unblocks, circumstances);

  const rest = { ...job, openTasks: job.openTasks - 1 + add.length, doneTasks: job.doneTasks + 1 };
  if (rest.openTasks === 0) endJob(draft, rest, "succeeded", { attempt, runnerId, result: command.result });
  else if (part === "") draft.putJob(rest);
  else draft.recordEvent(rest, { type: "task.completed", taskId, part, attempt, runnerId, result });
  return "completed";
}
