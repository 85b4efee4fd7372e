import type { ShardPlace } from "./commands.ts";
import { canServe, needsOf } from "./lanes.ts";
import { Pauses } from "./pauses.ts";
import type { AttemptRecord, BreakerRecord, RunnerRecord, TaskRecord } from "./records.ts";
import { partOf, roomIn, roomOf } from "./shares.ts";
import type { Lane, QueueReader } from "./store.ts";

/** Lanes, ended jobs and tasks of each that one answer looks at. Beyond them it is an estimate all the more. */
const lanesLookedAt = 200;
const jobsLookedAt = 20;
const tasksLookedAt = 50;
/** Tasks counted before one; a place beyond it says only that it is far. */
const placesCounted = 1_000;

/** How a task of a job stands in its queue: what its queue knows of why it waits. */
export interface WaitingTask {
  readonly state: "ready" | "delayed" | "leased";
  readonly needs: readonly string[];
  /** When it may be leased, or since when it may. */
  readonly readyAt: number;
  /**
   * What runners that hold back go by: since when its run, and that of what is first in its lane, have been in the queue.
   * Absent from a queue one version older.
   */
  readonly waitsSince?: number;
  readonly queueDeadlineAt: number;
  readonly lastAttempt: AttemptRecord | null;
  /** The breaker of its recipe or tenant that keeps it from being leased. */
  readonly pausedBy: BreakerRecord | null;
  /** Its tenant's leases in this shard, where they are all that it may have there; else null. */
  readonly fullShare: FullShare | null;
  /** Runners that are paused for failing. */
  readonly pausedRunners: readonly BreakerRecord[];
  /** About how many tasks are leased before it: only its tenant's own, where its share is full. */
  readonly ahead: number;
  /** How long an attempt of the like took lately, on the average; null while nothing like it has ended. */
  readonly typicalMs: number | null;
}

export interface FullShare {
  readonly running: number;
  readonly most: number;
}

/**
 * The task of a run that says how it stands: one that is worked on, else the one that is next. Null where the queue has no such run, or it has
 * ended. Bounded work, however long the queue is.
 */
export function waitingTaskOf(reader: QueueReader, jobId: string, run: number, shard: ShardPlace): WaitingTask | null {
  const job = reader.job(jobId);
  if (job?.run !== run || job.state !== "active") return null;
  const task = nextOf(reader.dueTasksOf(jobId));
  if (!task) return null;
  const { state, readyAt, queueDeadlineAt, attempts } = task;
  const pauses = new Pauses(reader);
  const fullShare = fullShareOf(reader, task, shard);
  return {
    state,
    needs: needsOf(task.needs),
    readyAt,
    waitsSince: Math.max(task.waitsSince, firstOf(reader, task).waitsSince),
    queueDeadlineAt,
    lastAttempt: attempts.at(-1) ?? null,
    pausedBy: pauses.ofLane(task) ?? null,
    fullShare,
    pausedRunners: reader.pausedBreakers().filter(({ key }) => key.startsWith("runner:")),
    ahead: state === "ready" ? aheadOf(reader, task, { pauses, shard, isFull: fullShare !== null }) : 0,
    typicalMs: typicalMs(reader, task),
  };
}

type OpenTask = TaskRecord & { readonly state: WaitingTask["state"] };
/** A job of many tasks does not wait while one of them is leased. What is blocked or lined up comes after these. */
const order: readonly WaitingTask["state"][] = ["leased", "ready", "delayed"];

function nextOf(tasks: readonly TaskRecord[]): OpenTask | undefined {
  const open = tasks.filter((task): task is OpenTask => order.some((state) => state === task.state));
  return open.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.rank - b.rank)[0];
}

/** Before a ready task nothing of its lane is taken but what is first there: that one decides for who holds back. */
function firstOf(reader: QueueReader, task: OpenTask): TaskRecord {
  return (task.state === "ready" && reader.firstReady(task)) || task;
}

function fullShareOf(reader: QueueReader, { tenantId }: TaskRecord, shard: ShardPlace): FullShare | null {
  const tenant = reader.tenant(tenantId);
  if (!tenant || tenant.share.maxRunning === null || roomOf(tenant, shard) > 0) return null;
  return { running: tenant.activeLeases, most: partOf(tenant.share.maxRunning, shard) };
}

interface Standing {
  readonly pauses: Pauses;
  readonly shard: ShardPlace;
  /** Whether its tenant has all that it may have. */
  readonly isFull: boolean;
}

/**
 * All of its own tenant that go before it; of every other tenant as many, since they take turns, or all that it has. Of
 * others nothing where its own has no room: it is its own that it waits for.
 */
function aheadOf(reader: QueueReader, task: TaskRecord, { pauses, shard, isFull }: Standing): number {
  const able = reader.runners().filter(({ capabilities }) => canServe(new Set(capabilities), task.needs));
  const lanes = reader
    .readyLanes()
    .filter((lane) => competes(able, lane) && !pauses.ofLane(lane))
    .slice(0, lanesLookedAt);
  const own = lanes
    .filter(({ tenantId }) => tenantId === task.tenantId)
    .reduce((sum, lane) => sum + reader.readyBefore(lane, task, placesCounted), 0);
  if (isFull) return own;
  const turns = Math.min(own + 1, placesCounted);
  const theirs = new Map<string, number>();
  for (const lane of lanes.filter((lane) => lane.tenantId !== task.tenantId && roomIn(lane, shard) > 0)) {
    const all = reader.readyBefore(lane, { rank: Number.MAX_SAFE_INTEGER, taskId: "" }, turns);
    theirs.set(lane.tenantId, Math.min(turns, (theirs.get(lane.tenantId) ?? 0) + all));
  }
  return own + [...theirs.values()].reduce((sum, count) => sum + count, 0);
}

/** Whether a runner that can do the task may be given the lane's instead. */
function competes(able: readonly RunnerRecord[], { needs }: Lane): boolean {
  return able.length === 0 || able.some(({ capabilities }) => canServe(new Set(capabilities), needs));
}

/** Of the jobs that ended last: tasks like it in recipe and needs, else in recipe, else all. */
function typicalMs(reader: QueueReader, { recipe, needs }: TaskRecord): number | null {
  const done = reader
    .latestEnded(jobsLookedAt)
    .flatMap(({ jobId }) => reader.tasksOfJob(jobId, tasksLookedAt))
    .filter(({ state }) => state === "done");
  const byRecipe = done.filter((task) => task.recipe === recipe);
  const alike = byRecipe.filter((task) => task.needs === needs);
  const nearest = [alike, byRecipe, done].find(({ length }) => length > 0) ?? [];
  const times = nearest
    .flatMap(({ attempts }) => attempts.at(-1) ?? [])
    .map(({ startedAt, endedAt }) => endedAt - startedAt);
  return times.length === 0 ? null : Math.round(times.reduce((sum, ms) => sum + ms, 0) / times.length);
}
