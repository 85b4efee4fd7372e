import { leasesOn } from "./claims.ts";
import { dueAt } from "./due.ts";
import { laneKey } from "./lanes.ts";
import type { TaskRecord, TaskState } from "./records.ts";
import { SortedList } from "./sorted-list.ts";
import type { Lane } from "./store.ts";

type DueState = "ready" | "delayed" | "leased";

const byId = (a: TaskRecord, b: TaskRecord) => (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0);
const byRank = (a: TaskRecord, b: TaskRecord) => a.rank - b.rank || byId(a, b);
const byOrder = (a: TaskRecord, b: TaskRecord) => a.order - b.order || byId(a, b);
const byLease = (a: TaskRecord, b: TaskRecord) => (a.leasedAt ?? 0) - (b.leasedAt ?? 0) || byId(a, b);
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
  readonly #lines = new Map<string, SortedList<TaskRecord>>();
  readonly #unhedged = new Map<string, SortedList<TaskRecord>>();
  readonly #counts = new Map<TaskState, number>();

  count(state: TaskState): number {
    return this.#counts.get(state) ?? 0;
  }

  ofJob(jobId: string, limit: number): TaskRecord[] {
    return this.#byJob.get(jobId)?.takeWhile(() => true, limit) ?? [];
  }

  frontOf(jobId: string, needs: string): TaskRecord | undefined {
    return all(this.#byJob.get(jobId)).find(
      (task) => task.needs === needs && task.leasedAt === null && (task.state === "ready" || task.state === "delayed"),
    );
  }

  firstLined(jobId: string, needs: string): TaskRecord | undefined {
    return this.#lines.get(lineKey({ jobId, needs }))?.first();
  }

  leasedBy(runnerId: string): TaskRecord[] {
    return all(this.#byRunner.get(runnerId));
  }

  leaseCounts(): ReadonlyMap<string, number> {
    return new Map([...this.#byRunner].map(([runnerId, tasks]) => [runnerId, tasks.size]));
  }

  unhedgedOf(jobId: string, leasedUpTo: number, limit: number): TaskRecord[] {
    return this.#unhedged.get(jobId)?.takeWhile(({ leasedAt }) => (leasedAt ?? 0) <= leasedUpTo, limit) ?? [];
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
    listIn(this.#byJob, task.jobId, byId).add(task);
    this.#counts.set(task.state, this.count(task.state) + 1);
    if (task.state === "lined") listIn(this.#lines, lineKey(task), byOrder).add(task);
    if (isDueState(task.state)) this.due[task.state].add(task);
    for (const { runnerId } of leasesOn(task)) listIn(this.#byRunner, runnerId, byId).add(task);
    if (isUnhedged(task)) listIn(this.#unhedged, task.jobId, byLease).add(task);
    if (task.state === "ready") this.#lane(task).add(task);
  }

  remove(task: TaskRecord): void {
    removeFrom(this.#byJob, task.jobId, byId, task);
    this.#counts.set(task.state, this.count(task.state) - 1);
    if (task.state === "lined") removeFrom(this.#lines, lineKey(task), byOrder, task);
    if (isDueState(task.state)) this.due[task.state].remove(task);
    for (const { runnerId } of leasesOn(task)) removeFrom(this.#byRunner, runnerId, byId, task);
    if (isUnhedged(task)) removeFrom(this.#unhedged, task.jobId, byLease, task);
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

function isUnhedged({ state, hedgeable, hedged }: TaskRecord): boolean {
  return state === "leased" && hedgeable && !hedged;
}

function lineKey({ jobId, needs }: Pick<TaskRecord, "jobId" | "needs">): string {
  return `${jobId}\n${needs}`;
}

function all(list: SortedList<TaskRecord> | undefined): TaskRecord[] {
  return list?.takeWhile(() => true, Number.POSITIVE_INFINITY) ?? [];
}

type Lists = Map<string, SortedList<TaskRecord>>;
type Compare = (a: TaskRecord, b: TaskRecord) => number;

function listIn(lists: Lists, key: string, compare: Compare): SortedList<TaskRecord> {
  const list = lists.get(key) ?? new SortedList(compare);
  lists.set(key, list);
  return list;
}

function removeFrom(lists: Lists, key: string, compare: Compare, task: TaskRecord): void {
  const list = listIn(lists, key, compare);
  list.remove(task);
  if (list.size === 0) lists.delete(key);
}
