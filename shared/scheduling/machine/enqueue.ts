import { ReelwayError } from "../../errors/reelway-error.ts";
import type { Circumstances, EnqueueCommand, EnqueueReply, NewTask } from "../commands.ts";
import { laneNeeds } from "../lanes.ts";
import { rankOf } from "../rank.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { supersede } from "./supersede.ts";

/**
 * Below this many leases a run, epochs grow from run to run even when the earlier runs have been forgotten: a task's
 * output prefix contains its epoch, and must never be used twice.
 */
const epochsPerRun = 1_000_000;

/** Takes in a run of a job. The same run again changes nothing, a later one starts the job anew. */
export function enqueue(draft: Draft, command: EnqueueCommand, circumstances: Circumstances): EnqueueReply {
  if (command.tasks.length === 0) throw new ReelwayError("internal", `job ${command.jobId} has no tasks`);
  const { jobId, tenantId, run } = command;
  const known = draft.job(jobId);
  if (known && known.run > run) return "stale";
  if (known && known.run === run) return known.state === "canceled" ? "canceled" : "duplicate";

  const epochs = known ? supersede(draft, known) : new Map<string, number>();
  for (const task of command.tasks) {
    const stranger = draft.task(task.taskId);
    if (stranger) throw new ReelwayError("internal", `task ${task.taskId} is of job ${stranger.jobId} already`);
    draft.putTask(waitingTask(command, task, epochs.get(task.taskId) ?? (run - 1) * epochsPerRun, circumstances));
  }
  draft.putJob({
    jobId,
    tenantId,
    run,
    state: "active",
    openTasks: command.tasks.length,
    running: false,
    endedAt: null,
    lastEventSequence: draft.job(jobId)?.lastEventSequence ?? 0,
  });
  return "enqueued";
}

function waitingTask(
  { jobId, tenantId, priority, startAt }: EnqueueCommand,
  task: NewTask,
  epoch: number,
  { now, settings }: Circumstances,
): TaskRecord {
  const delayed = startAt !== null && startAt > now;
  const readyAt = delayed ? startAt : now;
  return {
    taskId: task.taskId,
    jobId,
    tenantId,
    state: delayed ? "delayed" : "ready",
    needs: laneNeeds(task.needs),
    recipe: task.recipe ?? "",
    rank: rankOf(readyAt, priority, settings),
    priority,
    readyAt,
    queueDeadlineAt: readyAt + settings.queuedMs,
    attempt: 0,
    maxRetries: settings.maxRetries,
    epoch,
    runnerId: null,
    leasedAt: null,
    leaseExpiresAt: null,
    outageRenewed: false,
    payload: task.payload,
    error: null,
    attempts: [],
  };
}
