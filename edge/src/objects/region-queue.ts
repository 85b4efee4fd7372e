import { DurableObject } from "cloudflare:workers";
import { takesShare } from "@reelway/shared/contracts/takes-share";
import { limits } from "@reelway/shared/limits";
import { heldBy, isCurrent } from "@reelway/shared/scheduling/claims";
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
  LimitTenantCommand,
  QueueSettings,
  ReleaseCommand,
  ReleaseReply,
  Replies,
} from "@reelway/shared/scheduling/commands";
import { type EventPage, eventPage } from "@reelway/shared/scheduling/event-page";
import { execute } from "@reelway/shared/scheduling/execute";
import { letGoBy } from "@reelway/shared/scheduling/new-work";
import { type PartStanding, partsOf } from "@reelway/shared/scheduling/parts";
import { Pauses } from "@reelway/shared/scheduling/pauses";
import { readyWork } from "@reelway/shared/scheduling/ready-work";
import type { AttemptRecord, BreakerRecord, TaskRecord } from "@reelway/shared/scheduling/records";
import { SqlStore } from "@reelway/shared/scheduling/sql-store";
import { type WaitingTask, waitingTaskOf } from "@reelway/shared/scheduling/waiting";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import { Doorbell } from "./doorbell.ts";
import { HostLoads } from "./host-loads.ts";
import { type LeaseCall, LeaseWaiters } from "./lease-waiters.ts";
import { endTalker } from "./listening-socket.ts";
import { queueSettings } from "./queue-settings.ts";
import {
  type Beat,
  type BeatReply,
  type LeaseStanding,
  type QueueStanding,
  type RunnerStanding,
  runnerIdHeader,
  type ShardCounts,
  type WithoutType,
} from "./region-queue-messages.ts";
import { RevokedRunners } from "./revoked-runners.ts";
import type { Offer } from "./siblings.ts";
import { SingleAlarm } from "./single-alarm.ts";
import { storageDriver } from "./storage-driver.ts";
import { WorkOffers } from "./work-offers.ts";

/** Ticks in one go; what is left then waits for the next alarm, behind the calls that came meanwhile. */
const ticksAtOnce = 10;
/** After a tick that failed: an alarm that keeps throwing would be given up by the platform. */
const afterFailureMs = 5_000;

/**
 * A region's scheduler, named `<region>:<shard>`: a thin shell around the queue of `shared/scheduling`. Each call is one
 * transaction; then the alarm is set to what comes due next and those who wait are told. Arguments and answers are
 * plain objects, so that a neighbour one version older or newer can talk to it.
 */
export class RegionQueue extends DurableObject<Env> {
  readonly #store: SqlStore;
  readonly #alarm: SingleAlarm;
  readonly #doorbell: Doorbell;
  readonly #loads = new HostLoads();
  readonly #waiters = new LeaseWaiters();
  readonly #offers: WorkOffers;
  readonly #revoked: RevokedRunners;
  readonly #log: Log;
  /** When to ring for events that are not acknowledged; null when all are. */
  #ringEventsAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#revoked = new RevokedRunners(ctx.storage, Date.now());
    this.#store = new SqlStore(storageDriver(ctx.storage));
    this.#alarm = new SingleAlarm(ctx.storage);
    this.#doorbell = new Doorbell(ctx, this.#store);
    this.#log = createLog({ shard: ctx.id.name });
    this.#offers = new WorkOffers({
      env,
      shard: ctx.id.name ?? "",
      settings: () => this.#settings(),
      store: this.#store,
      waiters: this.#waiters,
      doorbell: this.#doorbell,
      lease: (call) => this.#leaseUpTo(call),
      log: this.#log,
    });
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#armForNext();
    });
  }

  enqueue(command: WithoutType<EnqueueCommand>): EnqueueReply {
    const reply = this.#offers.offeringRoom(() => this.#execute({ ...command, type: "enqueue" }));
    this.#offers.offerJobs([command], [reply]);
    return reply;
  }

  /** Takes jobs in, all or none; the replies are in the order of the commands. */
  enqueueAll(commands: readonly WithoutType<EnqueueCommand>[]): EnqueueReply[] {
    const replies = this.#offers.offeringRoom(() =>
      this.#store.transaction(() => commands.map((command) => this.#run({ ...command, type: "enqueue" }))),
    );
    this.#armForNext();
    this.#offers.offerJobs(commands, replies);
    return replies;
  }

  cancel(command: WithoutType<CancelCommand>): CancelReply["outcome"] {
    return this.#offers.offeringWhatIsFreed(() => {
      const { outcome, stopped } = this.#execute({ ...command, type: "cancel" });
      for (const { runnerId } of stopped) this.#doorbell.forget(runnerId);
      this.#doorbell.stop(stopped);
      return outcome;
    });
  }

  /** Up to `max` tasks, none beyond the runner's slots. Waits for work where there is none. */
  lease(call: LeaseCall): TaskRecord[] | Promise<TaskRecord[]> {
    if (this.#revoked.has(call.runnerId)) return [];
    const tasks = this.#leaseUpTo(call);
    return tasks.length > 0 || call.waitMs <= 0 || call.draining ? tasks : this.#waiters.wait(call);
  }

  /** Calls a waiting lease off: its caller has gone, and would never see what it is given. */
  stopWaiting(waitId: string): void {
    this.#waiters.stop(waitId);
  }

  heartbeat({ heldElsewhere, load, ...command }: Beat): BeatReply {
    this.#loads.note(command.runnerId, load);
    const verdicts = this.#execute({ ...command, type: "heartbeat" });
    this.#doorbell.forget(command.runnerId);
    if (heldElsewhere !== undefined) this.#doorbell.holdsElsewhere(command.runnerId, heldElsewhere);
    this.#doorbell.ringIfIdle(command.runnerId, (runner) => this.#offers.hasWorkFor(runner));
    const { runnerId } = command;
    const extended = verdicts.flatMap(({ taskId, epoch, extended }) =>
      extended ? (heldBy(this.#store.task(taskId), { taskId, epoch, runnerId }) ?? []) : [],
    );
    const { state, retryAt, lastCode } = new Pauses(this.#store).ofRunner(command.runnerId) ?? {};
    const paused = state === "open" && retryAt && lastCode ? { until: retryAt, lastCode } : null;
    return { verdicts: [...verdicts], extended, paused };
  }

  complete(command: WithoutType<CompleteCommand>): CompleteReply["outcome"] {
    this.#doorbell.ended(command.runnerId);
    const { outcome, stopped } = this.#offers.offeringWhatIsFreed(() =>
      this.#execute({ ...command, type: "complete" }),
    );
    for (const { runnerId } of stopped) this.#doorbell.forget(runnerId);
    this.#doorbell.stop(stopped);
    if (outcome === "completed") this.#offers.offer(letGoBy(this.#store, command));
    return outcome;
  }

  fail(command: WithoutType<FailCommand>): FailReply {
    this.#doorbell.ended(command.runnerId);
    return this.#offers.offeringWhatIsFreed(() => this.#execute({ ...command, type: "fail" }));
  }

  release(command: WithoutType<ReleaseCommand>): ReleaseReply {
    this.#doorbell.ended(command.runnerId);
    return this.#offers.offeringWhatIsFreed(() => this.#execute({ ...command, type: "release" }));
  }

  /** The task as this lease holds it, where it is live or completed it; null for any other. */
  taskOfLease(lease: { taskId: string; epoch: number; runnerId: string }): TaskRecord | null {
    const task = this.#store.task(lease.taskId);
    return heldBy(task, lease) ?? (task?.state === "done" && isCurrent(task, lease) ? task : null);
  }

  /** Events that are not acknowledged, or with this call, oldest first: a bounded number of them, and of bytes. */
  events(acknowledgedUpTo = 0): EventPage {
    if (acknowledgedUpTo > this.#store.acknowledgedSequence()) this.acknowledge(acknowledgedUpTo);
    return this.eventsAfter(this.#store.acknowledgedSequence());
  }

  /** Events with a higher number, acknowledged or not, as far as they are kept; bounded in the same way. */
  eventsAfter(sequence: number): EventPage {
    return eventPage(this.#store, sequence);
  }

  acknowledge(upToSequence: number): void {
    this.#execute({ type: "acknowledge", upToSequence });
  }

  /**
   * Lets time pass, as the alarm does: the watchdog's way to a queue whose alarm was lost. Answers up to which event the
   * projection has acknowledged.
   */
  async tick(): Promise<number> {
    this.#letTimePass();
    await this.#ringForEvents();
    return this.#store.acknowledgedSequence();
  }

  counts(): ShardCounts {
    return { ...this.#store.counts(), slow: this.#offers.slow().length };
  }

  /** What waits and runs here, and who is seen here. */
  standing(): QueueStanding {
    return {
      counts: this.counts(),
      runners: this.listRunners(),
      ready: readyWork(this.#store, this.#settings().shard),
    };
  }

  /** Why a run waits, as far as this shard knows; null where it has no such run that goes on. */
  waitingTask(jobId: string, run: number): WaitingTask | null {
    return waitingTaskOf(this.#store, jobId, run, this.#settings().shard);
  }

  /** How the attempts of a run ended, oldest first; null where the run is not known, or no longer. */
  attemptsOf(jobId: string, run: number): AttemptRecord[] | null {
    if (this.#store.job(jobId)?.run !== run) return null;
    const attempts = this.#store.tasksOfJob(jobId).flatMap((task) => task.attempts);
    return attempts.sort((a, b) => a.endedAt - b.endedAt);
  }

  /** The tasks of a run, with what their completions said where that is wanted; null where the run is not known. */
  partsOf(jobId: string, run: number, wanted: { readonly withResults?: boolean } = {}): PartStanding[] | null {
    return partsOf(this.#store, jobId, run, wanted);
  }

  /** Whoever is paused here for failing, or on trial. */
  pausedBreakers(): BreakerRecord[] {
    return this.#store.pausedBreakers();
  }

  /** Lets a paused party work at once, with its failures forgotten. Whether there were any. */
  resetBreaker(key: string): boolean {
    const known = this.#execute({ type: "resetBreaker", key });
    if (known) this.#doorbell.forgetAll();
    if (known) this.#offers.offerAll();
    return known;
  }

  /** Hears what a tenant may have at once; its newest word counts. What it has room for now is offered. */
  limitTenant(command: WithoutType<LimitTenantCommand>): void {
    this.#offers.offeringRoom(() => this.#execute({ ...command, type: "limitTenant" }));
  }

  /** A runner of this shard has been given work by others: it is less idle than it looks from here. */
  holdsElsewhere(runnerId: string, leases: number): void {
    this.#doorbell.holdsElsewhere(runnerId, leases);
  }

  /** Another shard has more work than idle runners: those of this one look there. Answers for how many tasks they have room. */
  wakeFor({ count, needs }: Offer): number {
    const woken = this.#waiters.wake(count, needs);
    return woken + this.#doorbell.ring(count - woken, needs);
  }

  /** All that are seen here; what these of them work on, where that is wanted. */
  listRunners({ leasesOf = [] }: { readonly leasesOf?: readonly string[] } = {}): RunnerStanding[] {
    const wanted = new Set(leasesOf);
    const counts = this.#store.leaseCounts();
    return this.#store.runners().map((runner) => ({
      ...runner,
      activeTasks: counts.get(runner.runnerId) ?? 0,
      load: this.#loads.of(runner.runnerId),
      ...(wanted.has(runner.runnerId) && { leases: this.leasesOf(runner.runnerId).slice(0, limits.leasesListed) }),
    }));
  }

  /** What a runner works on, longest first. */
  leasesOf(runnerId: string): LeaseStanding[] {
    const leases = this.#store.leasesOf(runnerId).flatMap((task) => {
      const { jobId, tenantId, part, attempt, leasedAt, leaseExpiresAt: expiresAt } = task;
      return leasedAt === null || expiresAt === null ? [] : { jobId, tenantId, part, attempt, leasedAt, expiresAt };
    });
    return leases.sort((a, b) => a.leasedAt - b.leasedAt);
  }

  /**
   * A revoked runner gets nothing more here, also by isolates that still trust its credential: its socket is closed, it
   * waits for work no more, and its tasks go to others at once.
   */
  dismiss(runnerId: string): void {
    this.#revoked.add(runnerId, Date.now());
    this.#doorbell.disconnect(runnerId);
    this.#waiters.stopAllOf(runnerId);
    const leases = this.#store.leasesOf(runnerId);
    for (const { taskId, epoch } of leases) this.#execute({ type: "release", taskId, epoch, runnerId, delayMs: 0 });
    this.#offers.offer(leases.length);
  }

  ping(): "pong" {
    return "pong";
  }

  override fetch(request: Request): Response {
    const runnerId = request.headers.get(runnerIdHeader);
    if (runnerId === null || request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 400 });
    if (this.#revoked.has(runnerId)) return new Response(null, { status: 403 });
    return this.#doorbell.connect(runnerId);
  }

  /** Pings are answered by the platform; runners have nothing else to say here. */
  override webSocketMessage(socket: WebSocket): void {
    endTalker(socket, "runners");
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
    const full = this.#offers.fullTenants();
    let woken = 0;
    let trials = 0;
    for (let ticks = 0, more = true; more && ticks < ticksAtOnce; ticks++) {
      woken += this.#store.delayedDue(Date.now(), limits.eventsPerPull).length;
      // Each has one trial to give.
      trials += this.#store.breakersDue(Date.now(), limits.eventsPerPull).length;
      ({ more } = this.#execute({ type: "tick" }));
    }
    const events = this.#store.events(before, limits.eventsPerPull);
    for (const { type: event, jobId, tenantId, runnerId, attempt, error } of events)
      this.#log.warn("time ran out", {
        event,
        jobId,
        tenantId,
        ...(runnerId && { runnerId }),
        attempt,
        code: error?.code,
      });
    if (events.length > 0 || trials > 0) this.#doorbell.forgetAll();
    // No Worker made these, so none will project them by itself.
    if (events.length > 0) this.#ringEventsAt = Date.now();
    // Behind one that waited for its start, others are lined up.
    const lined = woken > 0 ? this.#store.counts().lined : 0;
    this.#offers.offer(woken + lined + trials + this.#offers.roomMadeFor(full));
    this.#offers.offerHedges();
    this.#armForNext();
  }

  #leaseUpTo(call: LeaseCall): TaskRecord[] {
    const { runnerId, capabilities, slots, draining, version, holdBackMs = 0 } = call;
    const { hedging = false, delivering = 0, taken = [] } = call;
    const description = { runnerId, capabilities, slots, draining, version, holdBackMs };
    const tasks = this.#store.transaction(() => {
      const leased: TaskRecord[] = [];
      while (leased.length < call.max) {
        const task = this.#run({ ...description, type: "lease", hedging, delivering, taken });
        if (!task) break;
        leased.push(task);
        // What is left of its memory, or of its devices, the runner must say anew.
        if (takesShare(task.needs)) break;
      }
      return leased;
    });
    if (tasks.some(({ needs }) => takesShare(needs))) this.#waiters.stopAllOf(runnerId, call.waitId);
    this.#doorbell.hasNow(runnerId, { delivering, taken });
    this.#armForNext();
    return tasks;
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
      settings: this.#settings(),
    };
    return execute<T>(this.#store, command, circumstances);
  }

  #settings(): QueueSettings {
    return queueSettings(settingsOf(this.env), this.ctx.id.name ?? "");
  }

  #armForNext(): void {
    const now = Date.now();
    const acknowledged = this.#store.lastSequence() === this.#store.acknowledgedSequence();
    this.#ringEventsAt = acknowledged ? null : (this.#ringEventsAt ?? now + limits.eventsRingMs);
    const next = Math.min(
      this.#store.nextDeadline(now) ?? Number.POSITIVE_INFINITY,
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
