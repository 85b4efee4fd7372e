import { ReelwayError } from "../../errors/reelway-error.ts";
import type { Circumstances, NewTask } from "../commands.ts";
import { laneNeeds } from "../lanes.ts";
import { rankOf } from "../rank.ts";
import type { TaskRecord } from "../records.ts";
import type { Draft } from "./draft.ts";
import { lineUp } from "./line-up.ts";
import { refuseEndlessWaits } from "./refuse-endless-waits.ts";

/**
 * Below this many leases a run, epochs grow from run to run even when the earlier runs have been forgotten: a task's
 * output prefix contains its epoch, and must never be used twice.
 */
const epochsPerRun = 1_000_000;

/** The run that tasks are added to. */
export interface GrowingRun {
  readonly jobId: string;
  readonly tenantId: string;
  readonly run: number;
  readonly priority: number;
  /** None of these tasks before this time; null for at once. */
  readonly startAt: number | null;
  /** See TaskRecord; null where the run begins with these. */
  readonly waitsSince: number | null;
  /** Where tasks of earlier runs left off counting, by task id. */
  readonly epochs: ReadonlyMap<string, number>;
  /** Whether tasks of the run with these needs are there that go before. */
  readonly hasFront: (needs: string) => boolean;
}

/**
 * Makes tasks of a run: those that wait for others are blocked, the others take their turns. Throws `internal` where an
 * id is taken, or a task could never begin.
 */
export function addTasks(draft: Draft, run: GrowingRun, tasks: readonly NewTask[], circumstances: Circumstances): void {
  refuseEndlessWaits(tasks);
  const waits = Map.groupBy(tasks, ({ unblocks }) => unblocks);
  const made = tasks.map((task) => newTask(run, task, waits.get(task.taskId)?.length ?? 0, circumstances));
  for (const task of made) {
    const stranger = draft.task(task.taskId);
    if (stranger) throw new ReelwayError("internal", `task ${task.taskId} is of job ${stranger.jobId} already`);
    draft.putTask(task);
  }
  const known = new Set(made.map(({ taskId }) => taskId));
  for (const [taskId, before] of waits)
    if (taskId !== undefined && !known.has(taskId)) blockFurther(draft, run.jobId, taskId, before.length);
  const lined = made.filter((task) => task.state === "lined");
  lineUp(draft, lined, run.hasFront);
}

/** A task that is there already waits for new ones besides. */
function blockFurther(draft: Draft, jobId: string, taskId: string, more: number): void {
  const task = draft.task(taskId);
  if (task?.state !== "blocked" || task.jobId !== jobId)
    throw new ReelwayError("internal", `no task ${taskId} of job ${jobId} waits for others`);
  draft.putTask({ ...task, waits: task.waits + more });
}

function newTask(
  { jobId, tenantId, run, priority, startAt, waitsSince, epochs }: GrowingRun,
  task: NewTask,
  waits: number,
  { now, settings }: Circumstances,
): TaskRecord {
  const readyAt = Math.max(now, startAt ?? now);
  const epoch = epochs.get(task.taskId) ?? (run - 1) * epochsPerRun;
  return {
    taskId: task.taskId,
    jobId,
    tenantId,
    part: task.part ?? "",
    order: task.order ?? 0,
    unblocks: task.unblocks ?? null,
    waits,
    state: waits > 0 ? "blocked" : "lined",
    needs: laneNeeds(task.needs),
    recipe: task.recipe ?? "",
    rank: rankOf(readyAt, priority, settings),
    priority,
    readyAt,
    waitsSince: waitsSince ?? readyAt,
    queueDeadlineAt: readyAt + settings.queuedMs,
    attempt: 0,
    maxRetries: settings.maxRetries,
    epoch,
    lastEpoch: epoch,
    runnerId: null,
    leasedAt: null,
    leaseExpiresAt: null,
    outageRenewed: false,
    hedgeable: task.hedgeable ?? false,
    hedged: false,
    rival: null,
    payload: task.payload,
    error: null,
    result: null,
    attempts: [],
  };
}
