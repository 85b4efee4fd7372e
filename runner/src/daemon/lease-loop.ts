import { backoffMs, type Pacing } from "@reelway/shared/client/retry";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { memoryNamed, memoryNeeds } from "@reelway/shared/contracts/memory-tier";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type Demand, demandOf } from "@reelway/shared/jobs/demand";
import { limits } from "@reelway/shared/limits";
import type { Logger } from "pino";
import type { TaskSessions } from "../hardware/device-sessions.ts";
import type { SpaceClaim, SpaceLedger } from "../storage/space-ledger.ts";
import type { HostLedger, HostShare } from "./host-ledger.ts";
import type { TaskEnd } from "./run-task.ts";

/** One lease request. */
export interface LeaseQuestion {
  /** Tasks wanted at most. */
  readonly max: number;
  /** How long to wait for the first, milliseconds. */
  readonly waitMs: number;
  /** Tasks whose results are only on their way up. */
  readonly delivering: number;
}

/** What a task is given of this host. */
export interface TaskMeans {
  readonly claim: SpaceClaim;
  readonly share: HostShare;
  /** Holds so much memory of the host instead, bytes; false where others leave less. */
  readonly settleMemory: (memoryBytes: number) => boolean;
  readonly sessions: TaskSessions;
  /** Its programs have ended: what is left is to bring the results away, beside the work of another. */
  readonly onDelivering: () => void;
}

export interface LeaseLoopOptions {
  /** Tasks worked on at once; may be set anew. */
  readonly slots: number;
  /** Asks this often even when nothing rings, milliseconds. */
  readonly pollMs: number;
  readonly ledger: SpaceLedger;
  readonly host: HostLedger;
  /** Holds the encoder sessions that a task is going to take. */
  readonly reserve: (task: LeasedTask, demand: Demand) => TaskSessions;
  readonly request: (question: LeaseQuestion, signal: AbortSignal) => Promise<readonly LeasedTask[]>;
  readonly doorbellConnected: () => boolean;
  /** Works on a task to its end and gives back its claim of space. Never rejects. */
  readonly work: (task: LeasedTask, means: TaskMeans) => Promise<TaskEnd>;
  /** The loop is alive. */
  readonly onTurn: () => void;
  /** The control plane refused us for what we are (revoked, outdated). Returns whether asking again at once makes sense. */
  readonly onRefused: (error: ReelwayError) => Promise<boolean>;
  readonly onFailure: () => void;
  readonly pacing: Pacing;
  readonly log: Logger;
}

const retryPolicy = { retries: Number.POSITIVE_INFINITY, baseMs: 500, maxMs: 15_000 };
/** After a refusal, milliseconds. */
const refusedPauseMs = 30_000;
/** After a task was handed back for want of space, milliseconds: else it would come straight back. */
const noSpacePauseMs = 30_000;
/** Least time between two long polls that came back empty, milliseconds. */
const emptyPauseMs = 1_000;

/**
 * Keeps the slots full. It asks for as many tasks as there are free slots with scratch space claimed for them: at once
 * when the doorbell rings or connects and when a slot frees, and slowly besides. Without a doorbell it long-polls. A task
 * that only uploads its results takes no slot: cores must not idle while a line is busy.
 */
export class LeaseLoop {
  readonly #options: LeaseLoopOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #asking = new Set<Promise<void>>();
  readonly #longPolls = new AbortController();
  #slots: number;
  /** Tasks whose programs run, and those whose results are on their way up. */
  #working = 0;
  #delivering = 0;
  #asked = 0;
  #failures = 0;
  #notBefore = 0;
  /** The same for want of space; over as soon as another task ends. */
  #roomNotBefore = 0;
  #paused = false;
  #stopped = false;
  #rung = false;
  /** Woken while a request was on its way, whose answer may be older than the reason. */
  #rungMeanwhile = false;
  #ring = () => {};
  #soon: NodeJS.Timeout | undefined;

  constructor(options: LeaseLoopOptions) {
    this.#options = options;
    this.#slots = options.slots;
  }

  /** With fewer than before, those that are full end what they have. */
  set slots(slots: number) {
    this.#slots = slots;
    this.wake();
  }

  /** Look for work now. */
  wake(): void {
    this.#rung = true;
    this.#rungMeanwhile = this.#asking.size > 0;
    this.#ring();
  }

  /** Takes no new work, or does again. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.wake();
  }

  /** Turns until stopped, and then until the last task has ended. */
  async run(): Promise<void> {
    while (!this.#stopped || this.#running.size + this.#asking.size > 0) {
      this.#options.onTurn();
      if (!this.#stopped && !this.#paused) await this.#fill();
      await this.#rest();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#longPolls.abort();
    clearTimeout(this.#soon);
    this.wake();
  }

  async #fill(): Promise<void> {
    const { ledger, host, pacing, log } = this.#options;
    if (pacing.now() < this.#pausedUntil || !host.hasRoom) return;
    // Results that can't be got rid of must not pile up without end.
    const held = Math.max(this.#working, this.#working + this.#delivering - this.#slots);
    const free = Math.min(this.#slots - held - this.#asked, limits.leasesPerRequest);
    const claims: SpaceClaim[] = [];
    while (claims.length < free) {
      const claim = await ledger.claim();
      if (claim === null) break;
      claims.push(claim);
    }
    if (free > 0 && claims.length === 0) log.warn("no scratch space for another task");
    if (claims.length === 0) return;
    this.#asked += claims.length;
    const asking = this.#ask(claims).then((lookAgainInMs) => {
      this.#asked -= claims.length;
      this.#asking.delete(asking);
      if (lookAgainInMs === 0 || this.#rungMeanwhile || this.#stopped) this.wake();
      else if (lookAgainInMs !== null) this.#soon = setTimeout(() => this.wake(), lookAgainInMs);
    });
    this.#asking.add(asking);
  }

  /** One request; each task gets its claim, what is left over goes back. Says when to look again. Never rejects. */
  async #ask(claims: readonly SpaceClaim[]): Promise<number | null> {
    const { request, ledger, pacing, doorbellConnected } = this.#options;
    const waitMs = doorbellConnected() ? 0 : limits.longPollMs;
    // A long poll is cut short at shutdown; a quick one is waited for, lest it leave a lease behind.
    const signal = waitMs > 0 ? this.#longPolls.signal : new AbortController().signal;
    const askedAt = pacing.now();
    let tasks: readonly LeasedTask[] = [];
    let failed = false;
    try {
      tasks = await request({ max: claims.length, waitMs, delivering: this.#delivering }, signal);
      this.#failures = 0;
    } catch (error) {
      failed = true;
      if (!signal.aborted) await this.#failed(error);
    }
    const demands = tasks.map(demandOfTask);
    claims.forEach((claim, index) => {
      const task = tasks[index];
      const demand = demands[index];
      if (task === undefined || demand === undefined) ledger.release(claim);
      else this.#start(task, demand, claim, tasks.length - index - 1);
    });
    // Where one of them takes much of the memory, or of a device, no more came with it.
    const mayHaveMore =
      demands.some((demand) => memoryNeeds(demand).length > 0) || tasks.some(({ hardware }) => hardware === "require");
    if (failed || mayHaveMore || tasks.length === claims.length) return 0;
    if (waitMs === 0) return null;
    // An early empty answer to a long poll must not make us spin.
    return Math.max(0, askedAt + emptyPauseMs - pacing.now());
  }

  #start(task: LeasedTask, demand: Demand, claim: SpaceClaim, companions: number): void {
    const { work, host, reserve, pacing } = this.#options;
    const share = host.claim(demand, companions);
    const sessions = reserve(task, demand);
    this.#working++;
    let delivers = false;
    const onDelivering = () => {
      if (delivers) return;
      delivers = true;
      host.release(share);
      sessions.giveUp();
      this.#working--;
      this.#delivering++;
      this.wake();
    };
    const settleMemory = (memoryBytes: number) => host.settle(share, memoryBytes);
    const running = work(task, { claim, share, settleMemory, sessions, onDelivering }).then((end) => {
      this.#roomNotBefore = end === "released" ? pacing.now() + noSpacePauseMs : 0;
      onDelivering();
      this.#delivering--;
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  get #pausedUntil(): number {
    return Math.max(this.#notBefore, this.#roomNotBefore);
  }

  async #failed(error: unknown): Promise<void> {
    const { onRefused, onFailure, pacing, log } = this.#options;
    onFailure();
    const refused = error instanceof ReelwayError && !isRetryable(error.code);
    const waitMs = refused ? refusedPauseMs : backoffMs(this.#failures++, retryPolicy, pacing.random);
    this.#notBefore = pacing.now() + waitMs;
    log.warn({ reason: reasonOf(error), waitMs }, "no answer to the lease request");
    if (refused && (await onRefused(error))) this.#notBefore = 0;
  }

  /** Until woken, or until it is time to look again. */
  async #rest(): Promise<void> {
    const { pollMs, pacing } = this.#options;
    const pollInMs = pollMs * (0.9 + pacing.random() * 0.2);
    const pausedMs = this.#pausedUntil - pacing.now();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pausedMs > 0 ? Math.min(pausedMs, pollInMs) : pollInMs);
      this.#ring = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#rung) this.#ring();
    });
    this.#rung = false;
    this.#ring = () => {};
  }
}

/** As its spec and plan have it; where a runner found before that it needs a larger tier, all of that. */
function demandOfTask({ spec, step, needs }: LeasedTask): Demand {
  const demand = demandOf(spec, step);
  const found = memoryNamed(needs);
  return found > memoryNamed(memoryNeeds(demand)) ? { ...demand, memoryBytes: found } : demand;
}
