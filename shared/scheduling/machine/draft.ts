import { ReelwayError } from "../../errors/reelway-error.ts";
import type {
  BreakerRecord,
  JobRecord,
  QueueEvent,
  RunnerRecord,
  TaskRecord,
  TenantRecord,
  TenantShare,
} from "../records.ts";
import type { Acknowledgement, QueueReader, Write } from "../store.ts";

export type EventBody = Pick<QueueEvent, "type" | "attempt"> &
  Partial<Pick<QueueEvent, "taskId" | "part" | "runnerId" | "error" | "result" | "hedge">>;

/**
 * The rows that one command has changed so far, over those of the store. Each row is written once at the end, however
 * often it changed on the way: rows written are what a Durable Object is billed for.
 */
export class Draft {
  readonly now: number;
  /** The rows as they were before the command. */
  readonly before: QueueReader;
  readonly #tasks = new Map<string, TaskRecord | null>();
  readonly #jobs = new Map<string, JobRecord | null>();
  readonly #tenants = new Map<string, TenantRecord>();
  readonly #runners = new Map<string, RunnerRecord | null>();
  readonly #breakers = new Map<string, BreakerRecord | null>();
  readonly #events: QueueEvent[] = [];
  #acknowledgement: Acknowledgement | null = null;

  constructor(before: QueueReader, now: number) {
    this.before = before;
    this.now = now;
  }

  task(taskId: string): TaskRecord | undefined {
    const changed = this.#tasks.get(taskId);
    return changed === undefined ? this.before.task(taskId) : (changed ?? undefined);
  }

  tasksOfJob(jobId: string): TaskRecord[] {
    const unchanged = this.before.tasksOfJob(jobId).filter((task) => !this.#tasks.has(task.taskId));
    return [...unchanged, ...this.#changedTasksOf(jobId)].sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
  }

  /**
   * Whether a task of the job with these needs stands in its lane, or is delayed, and was never leased: made by this
   * command, or there before. The commands that ask take no front away.
   */
  hasFront(jobId: string, needs: string): boolean {
    if (this.#changedTasksOf(jobId).some((task) => task.needs === needs && isFront(task))) return true;
    return (this.before.firstLined(jobId, needs) ?? this.before.frontOf(jobId, needs)) !== undefined;
  }

  /** Of the job's leased tasks that may be hedged the one that is leased longest. */
  longestUnhedged(jobId: string): TaskRecord | undefined {
    const changed = this.#changedTasksOf(jobId);
    const stored = this.before.unhedged(jobId, Number.MAX_SAFE_INTEGER, changed.length + 1);
    const all = [...stored.filter(({ taskId }) => !this.#tasks.has(taskId)), ...changed.filter(isUnhedged)];
    return all.sort((a, b) => (a.leasedAt ?? 0) - (b.leasedAt ?? 0) || (a.taskId < b.taskId ? -1 : 1))[0];
  }

  job(jobId: string): JobRecord | undefined {
    const changed = this.#jobs.get(jobId);
    return changed === undefined ? this.before.job(jobId) : (changed ?? undefined);
  }

  /** The job of a task. Tasks and their job come and go together. */
  jobOf(task: TaskRecord): JobRecord {
    const job = this.job(task.jobId);
    if (!job) throw new ReelwayError("internal", `task ${task.taskId} has no job`);
    return job;
  }

  putTask(task: TaskRecord): void {
    this.#tasks.set(task.taskId, task);
  }

  deleteTask(taskId: string): void {
    this.#tasks.set(taskId, null);
  }

  putJob(job: JobRecord): void {
    this.#jobs.set(job.jobId, job);
  }

  deleteJob(jobId: string): void {
    this.#jobs.set(jobId, null);
  }

  runner(runnerId: string): RunnerRecord | undefined {
    const changed = this.#runners.get(runnerId);
    return changed === undefined ? this.before.runner(runnerId) : (changed ?? undefined);
  }

  putRunner(runner: RunnerRecord): void {
    this.#runners.set(runner.runnerId, runner);
  }

  deleteRunner(runnerId: string): void {
    this.#runners.set(runnerId, null);
  }

  /** Those of these breakers that there are. */
  breakers(keys: readonly string[]): BreakerRecord[] {
    const stored = new Map(this.before.breakers(keys).map((breaker) => [breaker.key, breaker]));
    return keys.flatMap((key) => {
      const changed = this.#breakers.get(key);
      return (changed === undefined ? stored.get(key) : changed) ?? [];
    });
  }

  putBreaker(breaker: BreakerRecord): void {
    this.#breakers.set(breaker.key, breaker);
  }

  deleteBreaker(key: string): void {
    this.#breakers.set(key, null);
  }

  /** A lease given: the tenant has one more, and goes to the end of the line. */
  addLease(tenantId: string): void {
    const tenant = this.#tenant(tenantId);
    const lastLeaseOrder = this.before.lastLeaseOrder() + 1;
    this.#tenants.set(tenantId, { ...tenant, activeLeases: tenant.activeLeases + 1, lastLeaseOrder });
  }

  /** A lease over, however it ended. */
  removeLease(tenantId: string): void {
    const tenant = this.#tenant(tenantId);
    this.#tenants.set(tenantId, { ...tenant, activeLeases: tenant.activeLeases - 1 });
  }

  /** What the tenant may have at once, unless a newer word is known; answers whether it was news. */
  heedShare(tenantId: string, share: TenantShare): boolean {
    const tenant = this.#tenant(tenantId);
    if (share.setAt <= tenant.share.setAt) return false;
    this.#tenants.set(tenantId, { ...tenant, share });
    return true;
  }

  /** Stores a job together with the event of its change. */
  recordEvent(job: JobRecord, body: EventBody): void {
    const sequence = this.before.lastSequence() + this.#events.length + 1;
    const { jobId, tenantId, run } = job;
    const empty = { taskId: null, part: null, runnerId: null, error: null, result: null, hedge: null };
    this.#events.push({ sequence, at: this.now, jobId, tenantId, run, ...empty, ...body });
    this.putJob({ ...job, lastEventSequence: sequence });
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    this.#acknowledgement = acknowledgement;
  }

  writes(): Write[] {
    const writes: Write[] = [];
    for (const [taskId, task] of this.#tasks)
      writes.push(task ? { op: "putTask", task } : { op: "deleteTask", taskId });
    for (const [jobId, job] of this.#jobs) writes.push(job ? { op: "putJob", job } : { op: "deleteJob", jobId });
    for (const tenant of this.#tenants.values()) writes.push({ op: "putTenant", tenant });
    for (const [runnerId, runner] of this.#runners)
      writes.push(runner ? { op: "putRunner", runner } : { op: "deleteRunner", runnerId });
    for (const [key, breaker] of this.#breakers)
      writes.push(breaker ? { op: "putBreaker", breaker } : { op: "deleteBreaker", key });
    for (const event of this.#events) writes.push({ op: "appendEvent", event });
    if (this.#acknowledgement !== null) writes.push({ op: "acknowledgeEvents", ...this.#acknowledgement });
    return writes;
  }

  #changedTasksOf(jobId: string): TaskRecord[] {
    return [...this.#tasks.values()].flatMap((task) => (task?.jobId === jobId ? task : []));
  }

  #tenant(tenantId: string): TenantRecord {
    return this.#tenants.get(tenantId) ?? this.before.tenant(tenantId) ?? newTenant(tenantId);
  }
}

function newTenant(tenantId: string): TenantRecord {
  return { tenantId, activeLeases: 0, lastLeaseOrder: 0, share: { maxRunning: null, setAt: 0 } };
}

function isFront({ leasedAt, state }: TaskRecord): boolean {
  return leasedAt === null && (state === "ready" || state === "delayed");
}

function isUnhedged({ state, hedgeable, hedged }: TaskRecord): boolean {
  return state === "leased" && hedgeable && !hedged;
}
