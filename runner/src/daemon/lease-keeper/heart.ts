import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { HeartbeatAnswer, HeartbeatRequest } from "@reelway/shared/contracts/lease";
import type { RunnerDescription } from "@reelway/shared/contracts/runner";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { FromKeeper, KeeperData, LeaseId, ToKeeper } from "./messages.ts";
import type { ProcessGroups } from "./process-groups.ts";

export interface HeartOptions extends Pick<KeeperData, "runner" | "leaseMs" | "stuckMs"> {
  readonly beat: (request: HeartbeatRequest, timeoutMs: number) => Promise<HeartbeatAnswer>;
  readonly post: (message: FromKeeper) => void;
  readonly onCredential: (credential: string) => void;
  /** The main thread is stuck; its children are dead already. */
  readonly onStuck: () => void;
  readonly groups: ProcessGroups;
  /** Runs `task` after `ms`, once; returns the cancel. */
  readonly after: (ms: number, task: () => void) => () => void;
  readonly random: () => number;
}

/** Groups are pruned and the main thread is looked at this often, milliseconds. */
const tickMs = 1_000;
/** A missed beat is tried again this soon at most, milliseconds. */
const retryMs = 2_000;
const beatTimeoutMaxMs = 10_000;
/** This many refusals of the credential in a row mean that this runner is none any more. */
const refusalsMax = 3;
if (limits.heartbeatsPerLease < 3) throw new Error("a lease must outlive two missed beats");

/**
 * The beat of all leases of this runner. It lives in a thread of its own, so that nothing the main thread does delays
 * it, and kills what works for a lease that is lost or cancelled by itself, before it tells.
 */
export class Heart {
  readonly #options: HeartOptions;
  readonly #leases = new Map<string, { lease: LeaseId; leaseMs: number }>();
  #runner: RunnerDescription;
  #load: HostLoad | undefined;
  #cancelBeat = () => {};
  #cancelTick = () => {};
  #beating = false;
  #beatAgain = false;
  #stopped = false;
  #ticksSinceTurn = 0;
  #refusals = 0;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#runner = options.runner;
  }

  start(): void {
    this.#tick();
    void this.#beat();
  }

  receive(message: ToKeeper): void {
    switch (message.type) {
      case "track":
        this.#leases.set(leaseKey(message.lease), { lease: message.lease, leaseMs: message.leaseMs });
        // A shorter lease than the others needs its beat sooner.
        this.#schedule(this.#periodMs());
        return;
      case "untrack":
        this.#leases.delete(leaseKey(message.lease));
        this.#options.groups.forget(message.lease);
        return;
      case "process-group":
        this.#options.groups.add(message.lease, message.pid);
        return;
      case "describe":
        this.#runner = message.runner;
        return;
      case "load":
        this.#load = message.load;
        return;
      case "credential":
        this.#options.onCredential(message.credential);
        return;
      case "beat":
        void this.#beat();
        return;
      case "turned":
        this.#ticksSinceTurn = 0;
        return;
      case "settle":
        this.#options.post({ type: "settled" });
        return;
      case "stop":
        this.#stop();
        return;
    }
  }

  async #beat(): Promise<void> {
    if (this.#stopped) return;
    if (this.#beating) {
      this.#beatAgain = true;
      return;
    }
    this.#beating = true;
    this.#cancelBeat();
    const nextMs = await this.#exchange();
    this.#beating = false;
    if (this.#stopped) return;
    this.#schedule(this.#beatAgain ? 0 : nextMs);
    this.#beatAgain = false;
  }

  /** One request and what follows from its answer. Returns when to beat next. */
  async #exchange(): Promise<number> {
    const leases = [...this.#leases.values()].map(({ lease: { taskId, epoch } }) => ({ taskId, epoch }));
    const timeoutMs = Math.min(this.#periodMs(), beatTimeoutMaxMs);
    try {
      const request = { runner: this.#runner, leases, ...(this.#load && { load: this.#load }) };
      const answer = await this.#options.beat(request, timeoutMs);
      this.#refusals = 0;
      for (const verdict of answer.verdicts) this.#apply(verdict);
      const { drain, slots = null, paused = null } = answer;
      this.#options.post({ type: "beaten", drain, slots, paused });
      // Leases that came meanwhile count: a shorter one must not wait for the longer's beat.
      return this.#periodMs();
    } catch (error) {
      const code = error instanceof ReelwayError ? error.code : "internal";
      this.#refusals = code === "unauthenticated" ? this.#refusals + 1 : 0;
      if (this.#refusals >= refusalsMax) this.#loseAll();
      this.#options.post({ type: "missed", code, reason: reasonOf(error) });
      return Math.min(this.#periodMs(), retryMs) * (0.5 + this.#options.random() / 2);
    }
  }

  #apply({ taskId, epoch, verdict, expiresAt, leaseToken }: HeartbeatAnswer["verdicts"][number]): void {
    const lease = { taskId, epoch };
    // It may have ended while the beat was on its way.
    if (!this.#leases.has(leaseKey(lease))) return;
    if (verdict === "keep") {
      this.#options.post({ type: "kept", lease, expiresAt, leaseToken });
      return;
    }
    this.#endLease(lease, verdict);
  }

  /** Whose credential is refused can prolong nothing: the leases go to others, and work on them is for nothing. */
  #loseAll(): void {
    for (const { lease } of this.#leases.values()) this.#endLease(lease, "lost");
  }

  #endLease(lease: LeaseId, verdict: "cancel" | "lost"): void {
    const killed = this.#options.groups.kill(lease);
    this.#leases.delete(leaseKey(lease));
    this.#options.post({ type: "over", lease, verdict, killed });
  }

  #periodMs(): number {
    const held = [...this.#leases.values()].map(({ leaseMs }) => leaseMs);
    const leaseMs = held.length === 0 ? this.#options.leaseMs : Math.min(...held);
    return leaseMs / limits.heartbeatsPerLease;
  }

  #schedule(ms: number): void {
    this.#cancelBeat();
    this.#cancelBeat = this.#options.after(ms, () => void this.#beat());
  }

  /** Counts ticks, not time: a suspended host stops both threads alike, and neither is stuck. */
  #tick(): void {
    this.#options.groups.prune();
    this.#ticksSinceTurn++;
    if (this.#ticksSinceTurn * tickMs > this.#options.stuckMs) {
      this.#options.groups.killAll();
      this.#options.onStuck();
      return;
    }
    this.#cancelTick = this.#options.after(tickMs, () => this.#tick());
  }

  #stop(): void {
    this.#stopped = true;
    this.#cancelBeat();
    this.#cancelTick();
  }
}
