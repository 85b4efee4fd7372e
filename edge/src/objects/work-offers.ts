import type { EnqueueCommand, EnqueueReply } from "@reelway/shared/scheduling/commands";
import { slowTasks } from "@reelway/shared/scheduling/hedges";
import { startable } from "@reelway/shared/scheduling/new-work";
import { leasableLanes } from "@reelway/shared/scheduling/pauses";
import type { TaskRecord } from "@reelway/shared/scheduling/records";
import type { QueueReader } from "@reelway/shared/scheduling/store";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { settingsOf } from "../settings.ts";
import type { Doorbell } from "./doorbell.ts";
import type { LeaseCall, LeaseWaiters } from "./lease-waiters.ts";
import { queueSettings } from "./queue-settings.ts";
import type { WithoutType } from "./region-queue-messages.ts";
import { Siblings } from "./siblings.ts";

interface Parties {
  readonly env: Env;
  /** The shard whose work it is. */
  readonly shard: string;
  readonly store: QueueReader;
  readonly waiters: LeaseWaiters;
  readonly doorbell: Doorbell;
  /** Gives a runner what it may have. */
  readonly lease: (call: LeaseCall) => TaskRecord[];
  readonly log: Log;
}

/**
 * Whom work is offered to: those who wait take theirs in the same turn, the doorbell rings for the rest, and for what is
 * left then the other shards are asked.
 */
export class WorkOffers {
  readonly #parties: Parties;
  readonly #siblings: Siblings;

  constructor(parties: Parties) {
    const { env, shard, log } = parties;
    this.#parties = parties;
    this.#siblings = new Siblings(env, shard, () => this.wantedNeeds(), log);
  }

  /** The first tasks of jobs that were just taken in; nothing of those that start later. */
  offerJobs(commands: readonly WithoutType<EnqueueCommand>[], replies: readonly EnqueueReply[]): void {
    const now = Date.now();
    const begun = commands.filter(
      ({ startAt }, index) => replies[index] === "enqueued" && (startAt === null || startAt <= now),
    );
    this.offer(begun.reduce((count, { tasks }) => count + startable(tasks), 0));
  }

  /** Tasks that have become ready. */
  offer(count: number): void {
    if (count === 0) return;
    const { store, waiters, doorbell, lease } = this.#parties;
    const served = waiters.serve(() => leasableLanes(store), lease);
    const left = count - served;
    if (left <= 0) return;
    this.#siblings.ask(left - doorbell.ring(left, this.#readyNeeds()));
  }

  /** Tasks that runners can have one after the other: a lined one is ready as soon as the one before it is leased. */
  offerAll(): void {
    this.offer(this.#leasable());
  }

  /** A task has become slow: for those who are idle now. Whoever becomes idle later finds it by asking. */
  offerHedges(): void {
    const slow = this.slow();
    if (slow.length === 0) return;
    const { waiters, doorbell, lease } = this.#parties;
    const served = waiters.serve(() => this.slow(), lease);
    const left = slow.length - served;
    if (left <= 0) return;
    // Who alone is slow may have other slots free, and would be rung for nothing.
    const [holder = null, ...others] = new Set(slow.map(({ runnerId }) => runnerId));
    const rung = doorbell.ring(left, this.wantedNeeds(), others.length === 0 ? holder : null);
    this.#siblings.ask(left - rung);
  }

  /** What ends a trial or a pause lets others be leased: the next trial, or all that waited. */
  offeringWhatIsFreed<T>(end: () => T): T {
    const { store } = this.#parties;
    const paused = store.pausedBreakers().length;
    const reply = end();
    if (paused > 0) this.offer(store.pausedBreakers().length < paused ? this.#leasable() : 1);
    return reply;
  }

  /** Leased tasks that an idle runner may have as well. */
  slow(): TaskRecord[] {
    const { store, env } = this.#parties;
    return slowTasks(store, Date.now(), queueSettings(settingsOf(env)).hedging);
  }

  /** What idle runners could be given, in whatever way. */
  wantedNeeds(): string[] {
    return [...new Set([...this.#readyNeeds(), ...this.slow().map(({ needs }) => needs)])];
  }

  #leasable(): number {
    const { ready, lined } = this.#parties.store.counts();
    return ready + lined;
  }

  /** What the tasks need that may be leased now: a ring for others would be for nothing. */
  #readyNeeds(): string[] {
    return [...new Set(leasableLanes(this.#parties.store).map(({ needs }) => needs))];
  }
}
