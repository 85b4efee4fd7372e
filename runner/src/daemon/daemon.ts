import type { Pacing } from "@reelway/shared/client/retry";
import { createRunnerClient, type RunnerClient } from "@reelway/shared/client/runner-client";
import type { LeasedTask, RunnerPause } from "@reelway/shared/contracts/lease";
import { provingCapability } from "@reelway/shared/contracts/proving";
import { protocol, type RunnerDescription } from "@reelway/shared/contracts/runner";
import { type ErrorCode, isRetryable } from "@reelway/shared/errors/catalogue";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { Logger } from "pino";
import type { Sandbox } from "../box/box.ts";
import type { Config } from "../config.ts";
import { Doorbell } from "../control-plane/doorbell.ts";
import { type Identity, instanceOf } from "../control-plane/identity.ts";
import { Membership } from "../control-plane/membership.ts";
import { lockState } from "../control-plane/state-lock.ts";
import type { MediaEngine } from "../engine/open-engine.ts";
import { takenOf } from "../hardware/device-capabilities.ts";
import type { ProvenHost } from "../hardware/open-host.ts";
import type { Kind } from "../kinds/kind.ts";
import { createMetrics, type Metrics, type RunnerSnapshot } from "../server/metrics.ts";
import { type HealthServer, startServer } from "../server/server.ts";
import { steadyPacing } from "../steady-pacing.ts";
import { openScratchHome, type ScratchHome } from "../storage/scratch-home.ts";
import { freeDiskBytes, SpaceLedger } from "../storage/space-ledger.ts";
import { userAgent, version } from "../version.ts";
import { StateMachine } from "./daemon-state.ts";
import { HostLedger } from "./host-ledger.ts";
import { Lease } from "./lease.ts";
import { LeaseKeeper } from "./lease-keeper/lease-keeper.ts";
import { LeaseLoop, type TaskMeans } from "./lease-loop.ts";
import { LoadWatch } from "./load-watch.ts";
import { reserveSessions } from "./reserve-sessions.ts";
import { runTask, type TaskEnd } from "./run-task.ts";
import { TaskSpeeds } from "./task-speeds.ts";

export interface DaemonOptions {
  readonly config: Config;
  /** Null on a host without one. */
  readonly engine: MediaEngine | null;
  readonly sandbox: Sandbox;
  /** Finds out what this host can do, which takes its time; `onChange` is called when that changes later. */
  readonly prove: (onChange: () => void) => Promise<ProvenHost>;
  readonly kindOf: (name: string) => Kind;
  readonly log: Logger;
  readonly onReady: (ready: { runnerId: string; healthUrl: string }) => void;
  readonly pacing?: Pacing;
}

/** The main thread is stuck when the lease loop has missed this many polls, and for this long at least, milliseconds. */
const missedPolls = 3;
const stuckMinMs = 300_000;
/** For telling hand-backs and tidying up at the end, milliseconds. */
const handBackMs = 8_000;
/** While its host is proved the main thread says this often that it is not stuck, milliseconds. */
const aliveEveryMs = 1_000;

/** One runner, from its start to its end. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Logger;
  readonly #pacing: Pacing;
  readonly #state: StateMachine;
  readonly #metrics: Metrics;
  readonly #client: RunnerClient;
  readonly #membership: Membership;
  readonly #ledger: SpaceLedger;
  readonly #host: HostLedger;
  readonly #loadWatch: LoadWatch;
  readonly #speeds = new TaskSpeeds();
  #slots: number;
  readonly #leases = new Map<string, Lease>();
  readonly #startup = new AbortController();
  #releaseLock = async () => {};
  #scratchHome: ScratchHome | null = null;
  #server: HealthServer | null = null;
  #keeper: LeaseKeeper | null = null;
  #doorbell: Doorbell | null = null;
  #loop: LeaseLoop | null = null;
  /** Null until it is proved. */
  #proven: ProvenHost | null = null;
  #lastContactAt: number | null = null;
  #isRefused = false;
  #pausedUntil: number | null = null;
  #shuttingDown = false;
  #handedBack = false;
  readonly #deadline = Promise.withResolvers<void>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: DaemonOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#log = log;
    this.#pacing = options.pacing ?? steadyPacing;
    this.#state = new StateMachine(log);
    this.#metrics = createMetrics(() => this.#snapshot());
    this.#client = createRunnerClient({
      url: config.url,
      credential: () => this.#membership.identity?.credential,
      userAgent,
    });
    this.#membership = new Membership({
      config,
      client: this.#client,
      pacing: this.#pacing,
      log,
      signal: this.#startup.signal,
      onRenewed: (credential) => this.#keeper?.useCredential(credential),
    });
    this.#slots = config.slots;
    this.#loadWatch = new LoadWatch(
      () => this.#speeds.total,
      (load) => this.#keeper?.tellLoad(load),
      log,
    );
    this.#host = new HostLedger({ cores: config.cores, memoryBytes: config.memoryBytes });
    this.#ledger = new SpaceLedger(config.scratchMaxBytes, config.slots, () => freeDiskBytes(config.scratchDirectory));
  }

  /** Runs until drained. Returns the exit code: 0 after a shutdown as asked, 1 after a fault. */
  async run(): Promise<number> {
    try {
      const { loop, onDeath } = await this.#start();
      this.#state.move("running", "its host is proved");
      this.#describe();
      this.#keeper?.beatNow();
      this.#options.onReady({
        runnerId: this.#membership.identity?.runnerId ?? "",
        healthUrl: this.#server?.url ?? "",
      });
      await Promise.race([this.#untilDrained(loop), onDeath]);
      this.#state.move("stopped", "drained");
      return 0;
    } catch (error) {
      const { current } = this.#state;
      if (this.#startup.signal.aborted && (current === "starting" || current === "proving")) {
        this.#state.move("stopped", `asked to stop while ${current}`);
        return 0;
      }
      this.#log.fatal({ err: error }, "the runner failed");
      this.#state.move("failed", reasonOf(error));
      return 1;
    } finally {
      await this.#tearDown();
    }
  }

  /** No new work; what runs may finish within the grace time, then it is handed back. */
  drain(): void {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    this.#startup.abort();
    if (this.#state.current === "running") this.#state.move("draining", "asked to stop");
    this.#loop?.stop();
    this.#describe();
    this.#keeper?.beatNow();
    this.#timers.push(setTimeout(() => this.handBack(), this.#options.config.drainGraceMs));
  }

  /** Hands everything back at once. */
  handBack(): void {
    this.drain();
    if (this.#handedBack) return;
    this.#log.info({ tasks: this.#leases.size }, "handing back");
    this.#handedBack = true;
    this.#timers.push(setTimeout(() => this.#deadline.resolve(), handBackMs));
    for (const lease of this.#leases.values()) lease.stop("shutdown");
  }

  async #start(): Promise<{ loop: LeaseLoop; onDeath: Promise<never> }> {
    const { config } = this.#options;
    const signal = this.#startup.signal;
    const instance = await instanceOf(config.stateDirectory);
    this.#releaseLock = await lockState(config.stateDirectory, instance);
    this.#scratchHome = await openScratchHome(config.scratchDirectory, instance, this.#pacing.now(), this.#log);
    this.#server = await startServer({
      host: config.healthHost,
      port: config.healthPort,
      metrics: this.#metrics,
      snapshot: () => this.#snapshot(),
      now: this.#pacing.now,
    });
    const identity = await this.#membership.begin();
    signal.throwIfAborted();

    const death = Promise.withResolvers<never>();
    death.promise.catch(() => undefined);
    this.#state.move("proving", "it is in the fleet");
    this.#keeper = this.#keepLeases(identity, death.reject);
    this.#loadWatch.start();
    const proven = await Promise.race([this.#prove(), death.promise, untilAborted(signal)]);
    this.#proven = proven;
    this.#doorbell = this.#openDoorbell();
    this.#loop = this.#leaseLoop(proven);
    return { loop: this.#loop, onDeath: death.promise };
  }

  /** Before it, a wrong token or an old protocol has been found; while it lasts, the fleet shows what takes so long. */
  async #prove(): Promise<ProvenHost> {
    const living = setInterval(() => this.#keeper?.turned(), aliveEveryMs);
    try {
      return await this.#options.prove(() => this.#onHostChanged());
    } finally {
      clearInterval(living);
    }
  }

  /** Leases and works; ends when the last task has, or when the time for handing back is over. */
  async #untilDrained(loop: LeaseLoop): Promise<void> {
    void this.#doorbell?.run();
    await Promise.race([loop.run(), this.#deadline.promise]);
  }

  #keepLeases(identity: Identity, onDeath: (error: Error) => void): LeaseKeeper {
    const { url, pollMs } = this.#options.config;
    const stuckMs = Math.max(stuckMinMs, pollMs * missedPolls);
    const data = {
      url,
      credential: identity.credential,
      runner: this.#description(),
      leaseMs: limits.leaseMs,
      stuckMs,
    };
    return new LeaseKeeper(data, {
      onOver: ({ lease, verdict, killed }) => {
        this.#log.info(
          {
            lease: leaseKey(lease),
            taskId: lease.taskId,
            jobId: this.#leases.get(leaseKey(lease))?.task.jobId,
            verdict,
            killed,
          },
          "lease is over",
        );
        this.#leases.get(leaseKey(lease))?.stop(verdict === "cancel" ? "canceled" : "lost");
      },
      onKept: ({ lease, leaseToken }) => {
        if (leaseToken !== null) this.#leases.get(leaseKey(lease))?.renew(leaseToken);
      },
      onBeaten: ({ drain, slots, paused }) => {
        this.#lastContactAt = this.#pacing.now();
        this.#followSlots(slots);
        this.#followDrain(drain);
        this.#notePause(paused);
      },
      onMissed: ({ code, reason }) => {
        this.#metrics.heartbeatFailures.inc();
        this.#log.warn({ code, reason }, "heartbeat without an answer; work goes on");
        this.#heedRefusal(code, reason);
      },
      onDeath,
    });
  }

  #openDoorbell(): Doorbell {
    return new Doorbell({
      address: () => this.#client.doorbell(),
      onWork: () => this.#loop?.wake(),
      onStop: () => this.#keeper?.beatNow(),
      pacing: this.#pacing,
      log: this.#log,
    });
  }

  #leaseLoop(proven: ProvenHost): LeaseLoop {
    const { pollMs } = this.#options.config;
    const { tools, devices, sessions } = proven;
    return new LeaseLoop({
      slots: this.#slots,
      pollMs,
      ledger: this.#ledger,
      host: this.#host,
      reserve: (task, demand) => reserveSessions(proven, task, demand),
      request: async (question, signal) => {
        const onDevices = takenOf(tools, devices.usable(), (device) => sessions.freeOn(device));
        const taken = [...this.#host.takenTiers, ...onDevices];
        const request = { runner: this.#description(), ...question, taken };
        const { tasks } = await this.#client.lease(request, { signal });
        this.#lastContactAt = this.#pacing.now();
        return tasks;
      },
      doorbellConnected: () => this.#doorbell?.connected ?? false,
      work: (task, means) => this.#work(task, means),
      onTurn: () => this.#keeper?.turned(),
      onRefused: (error) => this.#membership.refused(error),
      onFailure: () => this.#metrics.leaseFailures.inc(),
      pacing: this.#pacing,
      log: this.#log,
    });
  }

  async #work(task: LeasedTask, means: TaskMeans): Promise<TaskEnd> {
    const { config, engine, sandbox, kindOf } = this.#options;
    const { keeper, scratchHome, identity, proven } = this.#parts();
    const { tools, devices, software, capabilities } = proven;
    const lease = new Lease({
      task,
      claim: means.claim,
      client: this.#client,
      pacing: this.#pacing,
      beat: () => keeper.beatNow(),
    });
    const key = leaseKey(task);
    this.#leases.set(key, lease);
    if (this.#handedBack) lease.stop("shutdown");
    const end = await runTask(lease, means, {
      config,
      tools,
      devices,
      software,
      capabilities,
      engine,
      sandbox,
      kindOf,
      keeper,
      runnerId: identity.runnerId,
      ledger: this.#ledger,
      scratchHome: scratchHome.path,
      metrics: this.#metrics,
      speeds: this.#speeds,
      pacing: this.#pacing,
      log: this.#log.child({ runnerId: identity.runnerId }),
    });
    this.#leases.delete(key);
    return end;
  }

  /** The control plane may ask a runner to take no new work for a while. */
  #followDrain(drain: boolean): void {
    const state = this.#state.current;
    if (this.#shuttingDown || drain === (state === "draining")) return;
    if (state !== "running" && state !== "draining") return;
    this.#state.move(drain ? "draining" : "running", "the control plane asks for it");
    this.#loop?.pause(drain);
    this.#describe();
  }

  /** Tasks at once as people have set it, within what this host allows; null leaves it to CONCURRENCY. */
  #followSlots(wanted: number | null): void {
    const { slots, slotsMax } = this.#options.config;
    const now = Math.min(wanted ?? slots, slotsMax);
    if (now === this.#slots) return;
    this.#log.info({ from: this.#slots, to: now }, "tasks at once, as the control plane has it");
    this.#slots = now;
    if (this.#loop) this.#loop.slots = now;
    this.#ledger.slots = now;
    this.#describe();
  }

  /** Who asks for no work yet learns by a beat that it is refused, and must not prove for minutes in silence. Said once. */
  #heedRefusal(code: ErrorCode, reason: string): void {
    if (this.#state.current !== "proving" || this.#isRefused || isRetryable(code)) return;
    this.#isRefused = true;
    void this.#membership.refused(new ReelwayError(code, reason));
  }

  /** Whoever looks after this host must see here why it is given nothing. */
  #notePause(paused: RunnerPause | null): void {
    const until = paused?.until ?? null;
    if (until === this.#pausedUntil) return;
    this.#pausedUntil = until;
    if (paused)
      this.#log.warn(
        { until: new Date(paused.until).toISOString(), lastCode: paused.lastCode },
        "paused by the control plane: its attempts keep failing; it is tried again by itself",
      );
    else this.#log.info("may take work again");
  }

  /** Until its host is proved it takes nothing, as when it drains. */
  #description(): RunnerDescription {
    const proven = this.#proven;
    const capabilities = proven === null ? [provingCapability] : [...proven.capabilities(), ...this.#host.tiers];
    const draining = proven === null || this.#state.current === "draining";
    const { holdBackSeconds } = this.#options.config;
    // Left out where it does not: a control plane one version older refuses what it does not know.
    const holding = holdBackSeconds > 0 ? { holdBackSeconds } : {};
    return { capabilities, slots: this.#slots, version, protocol, draining, ...holding };
  }

  /** Tells the control plane with the next beat, and looks for work that now fits. */
  #onHostChanged(): void {
    this.#describe();
    this.#loop?.wake();
  }

  #describe(): void {
    this.#keeper?.describe(this.#description());
  }

  #snapshot(): RunnerSnapshot {
    return {
      state: this.#state.current,
      activeTasks: this.#leases.size,
      slots: this.#slots,
      scratchUsedBytes: this.#ledger.usedBytes,
      scratchClaimedBytes: this.#ledger.claimedBytes,
      scratchMaxBytes: this.#ledger.maxBytes,
      doorbellConnected: this.#doorbell?.connected ?? false,
      usesEngine: this.#options.engine !== null,
      lastContactAt: this.#lastContactAt,
      load: this.#loadWatch.last,
      speeds: this.#speeds.byFormat(),
    };
  }

  /** What exists as soon as tasks do. */
  #parts(): { keeper: LeaseKeeper; scratchHome: ScratchHome; identity: Identity; proven: ProvenHost } {
    const [keeper, scratchHome, proven] = [this.#keeper, this.#scratchHome, this.#proven];
    const { identity } = this.#membership;
    if (keeper === null || scratchHome === null || identity === null || proven === null)
      throw new Error("a task came before the start was over");
    return { keeper, scratchHome, identity, proven };
  }

  async #tearDown(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#loadWatch.stop();
    this.#proven?.close();
    this.#doorbell?.stop();
    await this.#keeper?.stop();
    await this.#scratchHome?.close().catch((err: unknown) => this.#log.error({ err }, "scratch stays behind"));
    await this.#server?.close();
    await this.#releaseLock();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
