import { dueAt } from "./due.ts";
import { laneKey } from "./lanes.ts";
import type { TaskRecord } from "./records.ts";
import { SortedList } from "./sorted-list.ts";
import type { Lane } from "./store.ts";

type DueState = "ready" | "delayed" | "leased";

const byId = (a: TaskRecord, b: TaskRecord) => (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0);
const byRank = (a: TaskRecord, b: TaskRecord) => a.rank - b.rank || byId(a, b);
const byDue = (a: TaskRecord, b: TaskRecord) => (dueAt(a) ?? 0) - (dueAt(b) ?? 0) || byId(a, b);

/** MemoryStore's tasks by what is asked of them: the same indexes as those of the SQL tables. */
export class TaskIndex {
  readonly due: Readonly<Record<DueState, SortedList<TaskRecord>>> = {
    ready: new SortedList(byDue),
    delayed: new SortedList(byDue),
    leased: new SortedList(byDue),
  };
  readonly #lanes = new Map<string, Lane & { readonly tasks: SortedList<TaskRecord> }>();
  readonly #byJob = new Map<string, SortedList<TaskRecord>>();
  readonly #byRunner = new Map<string, SortedList<TaskRecord>>();
  #dead = 0;

  get dead(): number {
    return this.#dead;
  }

  ofJob(jobId: string): TaskRecord[] {
    return all(this.#byJob.get(jobId));
  }

  leasedBy(runnerId: string): TaskRecord[] {
    return all(this.#byRunner.get(runnerId));
  }

  lanes(): Lane[] {
    return [...this.#lanes.values()];
  }

  firstReady(lane: Lane): TaskRecord | undefined {
    return this.#lanes.get(laneKey(lane))?.tasks.first();
  }

  readyBefore(lane: Lane, position: Pick<TaskRecord, "rank" | "taskId">, limit: number): number {
    const goesBefore = ({ rank, taskId }: TaskRecord) =>
      rank < position.rank || (rank === position.rank && taskId < position.taskId);
    return this.#lanes.get(laneKey(lane))?.tasks.takeWhile(goesBefore, limit).length ?? 0;
  }

  add(task: TaskRecord): void {
    listIn(this.#byJob, task.jobId).add(task);
    if (task.state === "dead") this.#dead += 1;
    if (isDueState(task.state)) this.due[task.state].add(task);
    if (task.state === "leased" && task.runnerId !== null) listIn(this.#byRunner, task.runnerId).add(task);
    if (task.state === "ready") this.#lane(task).add(task);
  }

  remove(task: TaskRecord): void {
    removeFrom(this.#byJob, task.jobId, task);
    if (task.state === "dead") this.#dead -= 1;
    if (isDueState(task.state)) this.due[task.state].remove(task);
    if (task.state === "leased" && task.runnerId !== null) removeFrom(this.#byRunner, task.runnerId, task);
    if (task.state === "ready") {
      const lane = this.#lane(task);
      lane.remove(task);
      if (lane.size === 0) this.#lanes.delete(laneKey(task));
    }
  }

  #lane({ needs, tenantId, recipe }: Lane): SortedList<TaskRecord> {
    const key = laneKey({ needs, tenantId, recipe });
    const lane = this.#lanes.get(key) ?? { needs, tenantId, recipe, tasks: new SortedList(byRank) };
    this.#lanes.set(key, lane);
    return lane.tasks;
  }
}

function isDueState(state: TaskRecord["state"]): state is DueState {
  return state === "ready" || state === "delayed" || state === "leased";
}

function all(list: SortedList<TaskRecord> | undefined): TaskRecord[] {
  return list?.takeWhile(() => true, Number.POSITIVE_INFINITY) ?? [];
}

function listIn(lists: Map<string, SortedList<TaskRecord>>, key: string): SortedList<TaskRecord> {
  const list = lists.get(key) ?? new SortedList(byId);
  lists.set(key, list);
  return list;
}

function removeFrom(lists: Map<string, SortedList<TaskRecord>>, key: string, task: TaskRecord): void {
  const list = listIn(lists, key);
  list.remove(task);
  if (list.size === 0) lists.delete(key);
}
