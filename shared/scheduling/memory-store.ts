import { ReelwayError } from "../errors/reelway-error.ts";
import { leasesOn } from "./claims.ts";
import { dueAt } from "./due.ts";
import type { BreakerRecord, JobRecord, QueueEvent, RunnerRecord, TaskRecord, TenantRecord } from "./records.ts";
import { SortedList } from "./sorted-list.ts";
import type { Acknowledgement, Lane, QueueCounts, QueueStore, ReadyLane, Write } from "./store.ts";
import { TaskIndex } from "./task-index.ts";

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const everything = Number.POSITIVE_INFINITY;

type Undo = () => unknown;

/** The queue's rows in memory: for tests, simulations and as the plain reading of what a store must do. */
export class MemoryStore implements QueueStore {
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #taskIndex = new TaskIndex();
  readonly #jobs = new Map<string, JobRecord>();
  readonly #endedJobs = new SortedList<JobRecord>(
    (a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || compareText(a.jobId, b.jobId),
  );
  readonly #jobsToHedge = new SortedList<JobRecord>(
    (a, b) => (a.hedgeAt ?? 0) - (b.hedgeAt ?? 0) || compareText(a.jobId, b.jobId),
  );
  readonly #tenants = new Map<string, TenantRecord>();
  readonly #runners = new Map<string, RunnerRecord>();
  readonly #breakers = new Map<string, BreakerRecord>();
  #events: QueueEvent[] = [];
  #acknowledged = 0;
  /** How to take back each change of the open transaction, in the order of the changes. */
  readonly #undo: Undo[] = [];
  #depth = 0;

  job(jobId: string): JobRecord | undefined {
    return this.#jobs.get(jobId);
  }

  task(taskId: string): TaskRecord | undefined {
    return this.#tasks.get(taskId);
  }

  tasksOfJob(jobId: string, limit = everything): TaskRecord[] {
    return this.#taskIndex.ofJob(jobId, limit);
  }

  dueTasksOf(jobId: string): TaskRecord[] {
    return this.tasksOfJob(jobId).filter((task) => dueAt(task) !== null);
  }

  frontOf(jobId: string, needs: string): TaskRecord | undefined {
    return this.#taskIndex.frontOf(jobId, needs);
  }

  firstLined(jobId: string, needs: string): TaskRecord | undefined {
    return this.#taskIndex.firstLined(jobId, needs);
  }

  tenant(tenantId: string): TenantRecord | undefined {
    return this.#tenants.get(tenantId);
  }

  limitedTenants(): TenantRecord[] {
    return [...this.#tenants.values()]
      .filter(({ share, activeLeases }) => share.maxRunning !== null && activeLeases > 0)
      .sort((a, b) => compareText(a.tenantId, b.tenantId));
  }

  runner(runnerId: string): RunnerRecord | undefined {
    return this.#runners.get(runnerId);
  }

  runners(): RunnerRecord[] {
    return [...this.#runners.values()].sort((a, b) => compareText(a.runnerId, b.runnerId));
  }

  readyLanes(): ReadyLane[] {
    return this.#taskIndex
      .lanes()
      .map(({ needs, tenantId, recipe }) => {
        const { activeLeases = 0, lastLeaseOrder = 0, share } = this.#tenants.get(tenantId) ?? {};
        return { needs, tenantId, recipe, activeLeases, lastLeaseOrder, maxRunning: share?.maxRunning ?? null };
      })
      .sort(
        (a, b) =>
          compareText(a.needs, b.needs) || compareText(a.tenantId, b.tenantId) || compareText(a.recipe, b.recipe),
      );
  }

  firstReady(lane: Lane): TaskRecord | undefined {
    return this.#taskIndex.firstReady(lane);
  }

  readyBefore(lane: Lane, position: Pick<TaskRecord, "rank" | "taskId">, limit: number): number {
    return this.#taskIndex.readyBefore(lane, position, limit);
  }

  delayedDue(now: number, limit: number): TaskRecord[] {
    return this.#due("delayed", now, limit);
  }

  leasesExpired(now: number, limit: number): TaskRecord[] {
    return this.#due("leased", now, limit);
  }

  queueDeadlinesPassed(now: number, limit: number): TaskRecord[] {
    return this.#due("ready", now, limit);
  }

  leasesOf(runnerId: string): TaskRecord[] {
    return this.#taskIndex
      .leasedBy(runnerId)
      .flatMap((task) => leasesOn(task).filter((held) => held.runnerId === runnerId));
  }

  leaseCounts(): ReadonlyMap<string, number> {
    return this.#taskIndex.leaseCounts();
  }

  jobsToHedge(now: number, limit: number): JobRecord[] {
    return this.#jobsToHedge.takeWhile((job) => job.hedgeAt !== null && job.hedgeAt <= now, limit);
  }

  unhedged(jobId: string, leasedUpTo: number, limit: number): TaskRecord[] {
    return this.#taskIndex.unhedgedOf(jobId, leasedUpTo, limit);
  }

  jobsEnded(upTo: number, limit: number): JobRecord[] {
    return this.#endedJobs.takeWhile((job) => job.endedAt !== null && job.endedAt <= upTo, limit);
  }

  latestEnded(limit: number): JobRecord[] {
    return this.#endedJobs
      .takeWhile(() => true, everything)
      .reverse()
      .slice(0, limit);
  }

  runnersUnseenSince(time: number, limit: number): RunnerRecord[] {
    return this.runners()
      .filter((runner) => runner.lastSeenAt <= time)
      .slice(0, limit);
  }

  events(afterSequence: number, limit: number): QueueEvent[] {
    return this.#events.filter((event) => event.sequence > afterSequence).slice(0, limit);
  }

  lastSequence(): number {
    return this.#events.at(-1)?.sequence ?? this.#acknowledged;
  }

  acknowledgedSequence(): number {
    return this.#acknowledged;
  }

  lastLeaseOrder(): number {
    return Math.max(0, ...[...this.#tenants.values()].map((tenant) => tenant.lastLeaseOrder));
  }

  breakers(keys: readonly string[]): BreakerRecord[] {
    return this.#breakersWhere(({ key }) => keys.includes(key));
  }

  pausedBreakers(): BreakerRecord[] {
    return this.#breakersWhere(({ state }) => state !== "closed");
  }

  breakersDue(now: number, limit: number): BreakerRecord[] {
    return this.#breakersWhere(({ state, retryAt }) => state === "open" && (retryAt ?? everything) <= now, limit);
  }

  breakersQuietSince(time: number, limit: number): BreakerRecord[] {
    return this.#breakersWhere(({ lastFailureAt }) => lastFailureAt <= time, limit);
  }

  nextDeadline(hedgesAfter?: number): number | undefined {
    const { ready, delayed, leased } = this.#taskIndex.due;
    const deadlines = [ready, delayed, leased].flatMap((list) => {
      const first = list.first();
      return (first && dueAt(first)) ?? [];
    });
    deadlines.push(...this.#breakersWhere(({ state }) => state === "open").flatMap(({ retryAt }) => retryAt ?? []));
    const hedged =
      hedgesAfter === undefined ? undefined : this.#jobsToHedge.find(({ hedgeAt }) => (hedgeAt ?? 0) > hedgesAfter);
    deadlines.push(...(hedged?.hedgeAt ? [hedged.hedgeAt] : []));
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
  }

  counts(): QueueCounts {
    const { ready, delayed, leased } = this.#taskIndex.due;
    return {
      ready: ready.size,
      delayed: delayed.size,
      lined: this.#taskIndex.count("lined"),
      blocked: this.#taskIndex.count("blocked"),
      leased: leased.size,
      dead: this.#taskIndex.count("dead"),
      oldestReadyAt: ready.first()?.readyAt ?? null,
      unacknowledgedEvents: this.#events.filter(({ sequence }) => sequence > this.#acknowledged).length,
    };
  }

  apply(writes: readonly Write[]): void {
    this.transaction(() => {
      for (const write of writes) this.#undo.push(this.#write(write));
    });
  }

  transaction<T>(body: () => T): T {
    const mark = this.#undo.length;
    this.#depth += 1;
    try {
      return body();
    } catch (error) {
      while (this.#undo.length > mark) this.#undo.pop()?.();
      throw error;
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.#undo.length = 0;
    }
  }

  #write(write: Write): Undo {
    switch (write.op) {
      case "putTask":
        return this.#setTask(write.task.taskId, write.task);
      case "deleteTask":
        return this.#setTask(write.taskId, undefined);
      case "putJob":
        return this.#setJob(write.job.jobId, write.job);
      case "deleteJob":
        return this.#setJob(write.jobId, undefined);
      case "putTenant":
        return setRow(this.#tenants, write.tenant.tenantId, write.tenant);
      case "putRunner":
        return setRow(this.#runners, write.runner.runnerId, write.runner);
      case "deleteRunner":
        return setRow(this.#runners, write.runnerId, undefined);
      case "putBreaker":
        return setRow(this.#breakers, write.breaker.key, write.breaker);
      case "deleteBreaker":
        return setRow(this.#breakers, write.key, undefined);
      case "appendEvent":
        if (write.event.sequence <= this.lastSequence())
          throw new ReelwayError("internal", `event ${write.event.sequence} is there already`);
        this.#events.push(write.event);
        return () => this.#events.pop();
      case "acknowledgeEvents":
        return this.#acknowledge(write);
    }
  }

  #setTask(taskId: string, task: TaskRecord | undefined): Undo {
    const previous = this.#tasks.get(taskId);
    if (previous) this.#taskIndex.remove(previous);
    setRow(this.#tasks, taskId, task);
    if (task) this.#taskIndex.add(task);
    return () => this.#setTask(taskId, previous);
  }

  #setJob(jobId: string, job: JobRecord | undefined): Undo {
    const previous = this.#jobs.get(jobId);
    if (previous && previous.endedAt !== null) this.#endedJobs.remove(previous);
    if (previous && previous.hedgeAt !== null) this.#jobsToHedge.remove(previous);
    setRow(this.#jobs, jobId, job);
    if (job && job.endedAt !== null) this.#endedJobs.add(job);
    if (job && job.hedgeAt !== null) this.#jobsToHedge.add(job);
    return () => this.#setJob(jobId, previous);
  }

  #acknowledge({ upToSequence, forgetAt, forgetUpTo }: Acknowledgement): Undo {
    const events = this.#events;
    const acknowledged = this.#acknowledged;
    const firstKept = events.find(({ sequence, at }) => at > forgetAt && sequence > forgetUpTo)?.sequence ?? everything;
    this.#events = events.filter(({ sequence }) => sequence > upToSequence || sequence >= firstKept);
    this.#acknowledged = upToSequence;
    return () => {
      this.#events = events;
      this.#acknowledged = acknowledged;
    };
  }

  #breakersWhere(passes: (breaker: BreakerRecord) => boolean, limit = everything): BreakerRecord[] {
    const passing = [...this.#breakers.values()].filter(passes);
    return passing.sort((a, b) => compareText(a.key, b.key)).slice(0, limit);
  }

  #due(state: "ready" | "delayed" | "leased", now: number, limit: number): TaskRecord[] {
    return this.#taskIndex.due[state].takeWhile((task) => (dueAt(task) ?? everything) <= now, limit);
  }
}

function setRow<T>(rows: Map<string, T>, key: string, row: T | undefined): Undo {
  const previous = rows.get(key);
  if (row === undefined) rows.delete(key);
  else rows.set(key, row);
  return () => setRow(rows, key, previous);
}
