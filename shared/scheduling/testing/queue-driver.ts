import type { JobError } from "../../contracts/job-error.ts";
import type {
  Commands,
  CommandType,
  EnqueueCommand,
  LeaseCommand,
  NewTask,
  QueueSettings,
  Replies,
} from "../commands.ts";
import { execute } from "../execute.ts";
import type { TaskRecord } from "../records.ts";
import type { QueueStore } from "../store.ts";
import { testSettings } from "./settings.ts";

export const encodeError: JobError = { code: "encode_failed", message: "ffmpeg ended with 1" };

/** A queue with a clock of its own and short words for its commands: what the rule tests are written in. */
export class QueueDriver {
  now = 1_000_000;
  random = 0;
  readonly store: QueueStore;
  readonly settings: QueueSettings;

  constructor(store: QueueStore, settings: Partial<QueueSettings> = {}) {
    this.store = store;
    this.settings = { ...testSettings, ...settings };
  }

  run<T extends CommandType>(command: Commands[T] & { readonly type: T }): Replies[T] {
    return execute<T>(this.store, command, { now: this.now, random: this.random, settings: this.settings });
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** A job of one task `t-<job>`, unless told otherwise. */
  enqueue(jobId: string, more: Partial<EnqueueCommand> & Partial<NewTask> = {}): Replies["enqueue"] {
    const { needs = [], recipe = "", ...rest } = more;
    const tasks = [{ taskId: `t-${jobId}`, needs, recipe, payload: `{"job":"${jobId}"}` }];
    const defaults = { tenantId: "ten", run: 1, priority: 0, startAt: null, tasks };
    return this.run({ ...defaults, ...rest, type: "enqueue", jobId });
  }

  lease(runnerId = "r1", more: Partial<LeaseCommand> = {}): TaskRecord | null {
    const defaults = { capabilities: [], slots: 100, draining: false, version: "1" };
    return this.run({ ...defaults, ...more, type: "lease", runnerId });
  }

  /** Leases, and insists on getting something. */
  mustLease(runnerId = "r1", more: Partial<LeaseCommand> = {}): TaskRecord & { runnerId: string } {
    const task = this.lease(runnerId, more);
    if (!task) throw new Error("there was nothing to lease");
    return { ...task, runnerId };
  }

  beat(task: TaskRecord & { runnerId: string }): Replies["heartbeat"][number] | undefined {
    const { runnerId, taskId, epoch } = task;
    const description = { runnerId, capabilities: [], slots: 100, draining: false, version: "1" };
    return this.run({ ...description, type: "heartbeat", leases: [{ taskId, epoch }] })[0];
  }

  complete(task: TaskRecord & { runnerId: string }, add: readonly NewTask[] = []): Replies["complete"]["outcome"] {
    const { taskId, epoch, runnerId } = task;
    return this.run({ type: "complete", taskId, epoch, runnerId, result: `{"by":"${runnerId}"}`, add }).outcome;
  }

  fail(task: TaskRecord & { runnerId: string }, retryable = true, error = encodeError): Replies["fail"] {
    const { taskId, epoch, runnerId } = task;
    return this.run({ type: "fail", taskId, epoch, runnerId, error, retryable });
  }

  release(task: TaskRecord & { runnerId: string }, delayMs = 0, needs: readonly string[] = []): Replies["release"] {
    const { taskId, epoch, runnerId } = task;
    return this.run({ type: "release", taskId, epoch, runnerId, delayMs, needs });
  }

  cancel(jobId: string, run = 1): Replies["cancel"] {
    return this.run({ type: "cancel", jobId, tenantId: "ten", run });
  }

  /** Says what a tenant may have at once, now. */
  limit(tenantId: string, maxRunning: number | null): Replies["limitTenant"] {
    this.pass(1);
    return this.run({ type: "limitTenant", tenantId, share: { maxRunning, setAt: this.now } });
  }

  tick(): Replies["tick"] {
    return this.run({ type: "tick" });
  }

  /** Ticks at the next deadline, as the alarm does. */
  tickAtDeadline(): void {
    this.now = Math.max(this.now, this.store.nextDeadline() ?? this.now);
    this.tick();
  }

  acknowledge(upToSequence = this.store.lastSequence()): void {
    this.run({ type: "acknowledge", upToSequence });
  }

  eventTypes(jobId?: string): string[] {
    return this.store
      .events(0, 10_000)
      .filter((event) => jobId === undefined || event.jobId === jobId)
      .map((event) => event.type);
  }
}
