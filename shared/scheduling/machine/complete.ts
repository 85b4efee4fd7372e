import { type HeldTask, isCurrent } from "../claims.ts";
import type { Circumstances, CompleteCommand, CompleteReply } from "../commands.ts";
import { withRecent } from "../hedges.ts";
import type { Claim, QueueEvent } from "../records.ts";
import { addTasks } from "./add-tasks.ts";
import type { Draft } from "./draft.ts";
import { endJob } from "./end-job.ts";
import { endOf, heldLease } from "./held-lease.ts";
import { clearParties } from "./judge-parties.ts";
import { unblock } from "./line-up.ts";
import { scheduleHedge } from "./schedule-hedge.ts";

/**
 * Accepts the work of a live lease, once, with what it adds to the job. The last task to be done ends the job, and
 * its result is the job's.
 */
export function complete(draft: Draft, command: CompleteCommand, circumstances: Circumstances): CompleteReply {
  const task = heldLease(draft, command);
  if (!task) {
    const ended = draft.task(command.taskId);
    const repeated = ended?.state === "done" && isCurrent(ended, command);
    return { outcome: repeated ? "completed" : "lease_lost", stopped: [] };
  }
  const stopped = outrun(draft, task);
  draft.removeLease(task.tenantId);
  clearParties(draft, task);
  const { taskId, part, attempt, runnerId } = task;
  const result = part === "" ? null : command.result;
  const ends = stopped.map((lease) => endOf({ ...lease, attempt }, draft.now, { outcome: "outrun" }));
  const attempts = [...task.attempts, ...ends, endOf(task, draft.now, { outcome: "completed" })];
  draft.putTask({ ...task, state: "done", leaseExpiresAt: null, rival: null, result, attempts });

  const job = draft.jobOf(task);
  const add = command.add ?? [];
  // Before what waits for this task is let go: it may have to wait for these.
  if (add.length > 0) {
    const hasFront = (needs: string) => draft.hasFront(task.jobId, needs);
    addTasks(draft, { ...task, run: job.run, startAt: null, epochs: new Map(), hasFront }, add, circumstances);
  }
  if (task.unblocks !== null) unblock(draft, task.unblocks, circumstances);

  const rest = {
    ...job,
    openTasks: job.openTasks - 1 + add.length,
    doneTasks: job.doneTasks + 1,
    recentMs: task.hedgeable ? withRecent(job, draft.now - task.leasedAt) : job.recentMs,
    hedges: job.hedges - stopped.length,
  };
  if (rest.openTasks === 0) endJob(draft, rest, "succeeded", { attempt, runnerId, result: command.result });
  else if (part === "") draft.putJob(rest);
  else
    draft.recordEvent(rest, { type: "task.completed", taskId, part, attempt, runnerId, result, hedge: hedgeOf(task) });
  scheduleHedge(draft, task.jobId, circumstances.settings);
  return { outcome: "completed", stopped: stopped.map(({ runnerId, epoch }) => ({ runnerId, taskId, epoch })) };
}

/** Ends the other lease, where there is one: its runner comes too late. */
function outrun(draft: Draft, { rival, tenantId }: HeldTask): Claim[] {
  if (rival) draft.removeLease(tenantId);
  return rival ? [rival] : [];
}

function hedgeOf({ hedged, epoch, lastEpoch }: HeldTask): QueueEvent["hedge"] {
  if (!hedged) return null;
  return epoch === lastEpoch ? "won" : "lost";
}
