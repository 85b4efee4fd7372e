import { DurableObject } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import type {
  CancelCommand,
  CancelReply,
  Circumstances,
  Commands,
  CommandType,
  CompleteCommand,
  CompleteReply,
  EnqueueCommand,
  EnqueueReply,
  FailCommand,
  FailReply,
  HeartbeatCommand,
  HeartbeatVerdict,
  ReleaseCommand,
  ReleaseReply,
  Replies,
} from "@reelway/shared/scheduling/commands";
import { execute } from "@reelway/shared/scheduling/execute";
import type { QueueEvent, RunnerRecord, TaskRecord } from "@reelway/shared/scheduling/records";
import { SqlStore } from "@reelway/shared/scheduling/sql-store";
import type { QueueCounts } from "@reelway/shared/scheduling/store";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import { Doorbell } from "./doorbell.ts";
import { type LeaseCall, LeaseWaiters } from "./lease-waiters.ts";
import { queueSettings } from "./queue-settings.ts";
import { SingleAlarm } from "./single-alarm.ts";
import { storageDriver } from "./storage-driver.ts";

/** Ticks in one go; what is left then waits for the next alarm, behind the calls that came meanwhile. */
const ticksAtOnce = 10;
/** After a tick that failed: an alarm that keeps throwing would be given up by the platform. */
const afterFailureMs = 5_000;

/** Which runner opens a doorbell: set by the Worker, which is the only one that can call. */
export const runnerIdHeader = "reelway-runner-id";

export type WithoutType<Command> = Omit<Command, "type">;

/** A runner as its queue knows it. */
export interface RunnerStanding extends RunnerRecord {
  readonly activeTasks: number;
}

/**
 * A region's scheduler, named `<region>:<shard>`: a thin shell around the queue of `shared/scheduling`. Each call is one
 * transaction; then the alarm is set to what comes due next and those who wait are told. Arguments and answers are
 * plain objects, so that a neighbour one version older or newer can talk to it.
 */
export class RegionQueue extends DurableObject<Env> {
  readonly #store: SqlStore;
  readonly #alarm: SingleAlarm;
  readonly #doorbell: Doorbell;
  readonly #waiters = new LeaseWaiters();
  readonly #log: Log;
  /** When to ring for events that are not acknowledged; null when all are. */
  #ringEventsAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new SqlStore(storageDriver(ctx.storage));
    this.#alarm = new SingleAlarm(ctx.storage);
    this.#doorbell = new Doorbell(ctx, this.#store);
    this.#log = createLog({ shard: ctx.id.name });
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#armForNext();
    });
  }

  enqueue(command: WithoutType<EnqueueCommand>): EnqueueReply {
    const reply = this.#execute({ ...command, type: "enqueue" });
    this.#offerNew([command], [reply]);
    return reply;
  }

  /** Takes jobs in, all or none; the replies are in the order of the commands. */
  enqueueAll(commands: readonly WithoutType<EnqueueCommand>[]): EnqueueReply[] {
    const replies = this.#store.transaction(() =>
      commands.map((command) => this.#run({ ...command, type: "enqueue" })),
    );
    this.#armForNext();
    this.#offerNew(commands, replies);
    return replies;
  }

  cancel(command: WithoutType<CancelCommand>): CancelReply["outcome"] {
    const { outcome, stopped } = this.#execute({ ...command, type: "cancel" });
    for (const { runnerId } of stopped) this.#doorbell.forget(runnerId);
    this.#doorbell.stop(stopped);
    return outcome;
  }

  /** Up to `max` tasks, none beyond the runner's slots. Waits for work where there is none. */
  lease(call: LeaseCall): TaskRecord[] | Promise<TaskRecord[]> {
    const tasks = this.#leaseUpTo(call);
    return tasks.length > 0 || call.waitMs <= 0 || call.draining ? tasks : this.#waiters.wait(call);
  }

  /** Calls a waiting lease off: its caller has gone, and would never see what it is given. */
  stopWaiting(waitId: string): void {
    this.#waiters.stop(waitId);
  }

  /** The verdicts, and the tasks of those leases whose expiry moved: they get a new lease token. */
  heartbeat(command: WithoutType<HeartbeatCommand>): { verdicts: HeartbeatVerdict[]; extended: TaskRecord[] } {
    const verdicts = this.#execute({ ...command, type: "heartbeat" });
    this.#doorbell.forget(command.runnerId);
    this.#doorbell.ringIfIdle(command.runnerId);
    const extended = verdicts.flatMap(({ taskId, extended }) => (extended ? (this.#store.task(taskId) ?? []) : []));
    return { verdicts: [...verdicts], extended };
  }

  complete(command: WithoutType<CompleteCommand>): CompleteReply {
    this.#doorbell.forget(command.runnerId);
    return this.#execute({ ...command, type: "complete" });
  }

  fail(command: WithoutType<FailCommand>): FailReply {
    this.#doorbell.forget(command.runnerId);
    return this.#execute({ ...command, type: "fail" });
  }

  release(command: WithoutType<ReleaseCommand>): ReleaseReply {
    this.#doorbell.forget(command.runnerId);
    return this.#execute({ ...command, type: "release" });
  }

  /** The task, where this is its live lease or the one that completed it; null for any other. */
  taskOfLease(lease: { taskId: string; epoch: number; runnerId: string }): TaskRecord | null {
    const task = this.#store.task(lease.taskId);
    if (task?.epoch !== lease.epoch || task.runnerId !== lease.runnerId) return null;
    return task.state === "leased" || task.state === "done" ? task : null;
  }

  /** Events that are not acknowledged, or with this call, oldest first: a bounded number of them, and of bytes. */
  events(acknowledgedUpTo = 0): { events: QueueEvent[]; more: boolean } {
    if (acknowledgedUpTo > this.#store.acknowledgedSequence()) this.acknowledge(acknowledgedUpTo);
    const waiting = this.#store.events(this.#store.acknowledgedSequence(), limits.eventsPerPull);
    const events: QueueEvent[] = [];
    for (let bytes = 0; bytes <= limits.eventBytesPerPull && events.length < waiting.length; ) {
      const event = waiting[events.length];
      if (!event) break;
      events.push(event);
      bytes += event.result?.length ?? 0;
    }
    return { events, more: events.length < waiting.length || waiting.length === limits.eventsPerPull };
  }

  acknowledge(upToSequence: number): void {
    this.#execute({ type: "acknowledge", upToSequence });
  }

  /** Lets time pass, as the alarm does: the watchdog's way to a queue whose alarm was lost. */
  async tick(): Promise<void> {
    this.#letTimePass();
    await this.#ringForEvents();
  }

  counts(): QueueCounts {
    return this.#store.counts();
  }

  listRunners(): RunnerStanding[] {
    return this.#store
      .runners()
      .map((runner) => ({ ...runner, activeTasks: this.#store.leasesOf(runner.runnerId).length }));
  }

  /** A revoked runner's socket is closed, and it waits for work no more. Its leases run out by themselves: it can't prolong them any more. */
  dismiss(runnerId: string): void {
    this.#doorbell.disconnect(runnerId);
    this.#waiters.stopAllOf(runnerId);
  }

  ping(): "pong" {
    return "pong";
  }

  override fetch(request: Request): Response {
    const runnerId = request.headers.get(runnerIdHeader);
    if (runnerId === null || request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 400 });
    return this.#doorbell.connect(runnerId);
  }

  override webSocketMessage(): void {
    // Pings are answered by the platform; runners have nothing else to say here.
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** Never throws: the platform gives an alarm up after six failures, and leases would then never expire again. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      this.#letTimePass();
      await this.#ringForEvents();
    } catch (error) {
      this.#log.error("alarm failed", { error });
      const now = Date.now();
      this.#alarm.armBy(now + afterFailureMs, now);
    }
  }

  #letTimePass(): void {
    const before = this.#store.lastSequence();
    let woken = 0;
    for (let ticks = 0, more = true; more && ticks < ticksAtOnce; ticks++) {
      woken += this.#store.delayedDue(Date.now(), limits.eventsPerPull).length;
      ({ more } = this.#execute({ type: "tick" }));
    }
    const events = this.#store.events(before, limits.eventsPerPull);
    for (const { type, jobId, runnerId, attempt, error } of events)
      this.#log.warn("time ran out", { event: type, jobId, ...(runnerId && { runnerId }), attempt, code: error?.code });
    if (events.length > 0) this.#doorbell.forgetAll();
    // No Worker made these, so none will project them by itself.
    if (events.length > 0) this.#ringEventsAt = Date.now();
    this.#offer(woken);
    this.#armForNext();
  }

  #leaseUpTo(call: LeaseCall): TaskRecord[] {
    const { runnerId, capabilities, slots, draining, version } = call;
    const tasks = this.#store.transaction(() => {
      const taken: TaskRecord[] = [];
      while (taken.length < call.max) {
        const task = this.#run({ type: "lease", runnerId, capabilities, slots, draining, version });
        if (!task) break;
        taken.push(task);
      }
      return taken;
    });
    this.#doorbell.forget(runnerId);
    this.#armForNext();
    return tasks;
  }

  #offerNew(commands: readonly WithoutType<EnqueueCommand>[], replies: readonly EnqueueReply[]): void {
    const now = Date.now();
    const begun = commands.filter(
      ({ startAt }, index) => replies[index] === "enqueued" && (startAt === null || startAt <= now),
    );
    this.#offer(begun.reduce((count, { tasks }) => count + tasks.length, 0));
  }

  /** New work: those who wait take theirs in this very turn, the doorbell rings for the rest. */
  #offer(count: number): void {
    if (count === 0) return;
    const served = this.#waiters.serve(
      () => this.#store.readyLanes(),
      (call) => this.#leaseUpTo(call),
    );
    this.#doorbell.ring(count - served);
  }

  #execute<T extends CommandType>(command: Commands[T] & { readonly type: T }): Replies[T] {
    const reply = this.#run<T>(command);
    this.#armForNext();
    return reply;
  }

  #run<T extends CommandType>(command: Commands[T] & { readonly type: T }): Replies[T] {
    const circumstances: Circumstances = {
      now: Date.now(),
      random: Math.random(),
      settings: queueSettings(settingsOf(this.env)),
    };
    return execute<T>(this.#store, command, circumstances);
  }

  #armForNext(): void {
    const now = Date.now();
    const acknowledged = this.#store.lastSequence() === this.#store.acknowledgedSequence();
    this.#ringEventsAt = acknowledged ? null : (this.#ringEventsAt ?? now + limits.eventsRingMs);
    const next = Math.min(
      this.#store.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.#ringEventsAt ?? Number.POSITIVE_INFINITY,
    );
    if (Number.isFinite(next)) this.#alarm.armBy(next, now);
  }

  async #ringForEvents(): Promise<void> {
    const now = Date.now();
    if (this.#ringEventsAt === null || this.#ringEventsAt > now) return;
    this.#ringEventsAt = now + limits.eventsRingAgainMs;
    this.#alarm.armBy(this.#ringEventsAt, now);
    await this.env.JOB_EVENTS.send({ shard: this.ctx.id.name ?? "" });
  }
}
