import type { EnqueueCommand, EnqueueReply, QueueSettings } from "@reelway/shared/scheduling/commands";
import { slowTasks } from "@reelway/shared/scheduling/hedges";
import { isAnyFor, type Taker } from "@reelway/shared/scheduling/hold-back";
import { canServe } from "@reelway/shared/scheduling/lanes";
import { leasableLanes } from "@reelway/shared/scheduling/leasable-lanes";
import { startable } from "@reelway/shared/scheduling/new-work";
import type { TaskRecord, TenantRecord } from "@reelway/shared/scheduling/records";
import { fullTenants, roomAmong, roomOf } from "@reelway/shared/scheduling/shares";
import type { QueueReader, ReadyLane } from "@reelway/shared/scheduling/store";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import type { Doorbell } from "./doorbell.ts";
import type { LeaseCall, LeaseWaiters } from "./lease-waiters.ts";
import type { WithoutType } from "./region-queue-messages.ts";
import { Siblings } from "./siblings.ts";

interface Parties {
  readonly env: Env;
  /** The shard whose work it is. */
  readonly shard: string;
  readonly settings: () => QueueSettings;
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

  /** Tasks that have become ready; no more than their tenants may have now. */
  offer(count: number): void {
    if (count === 0) return;
    const { waiters, doorbell, lease } = this.#parties;
    const open = count - waiters.serve(() => this.#leasableLanes(), lease);
    if (open <= 0) return;
    const lanes = this.#leasableLanes();
    const left = Math.min(open, roomAmong(lanes, this.#settings().shard));
    if (left <= 0) return;
    this.#siblings.ask(left - doorbell.ring(left, allNeedsOf(lanes)));
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

  /**
   * What ends a trial or a pause lets others be leased: the next trial, or all that waited. So does what makes room for a
   * tenant, as every end of a lease may.
   */
  offeringWhatIsFreed<T>(end: () => T): T {
    const { store } = this.#parties;
    const paused = store.pausedBreakers().length;
    const reply = this.offeringRoom(end);
    if (paused > 0) this.offer(store.pausedBreakers().length < paused ? this.#leasable() : 1);
    return reply;
  }

  /** What makes room for a tenant that had all it may have lets its next tasks be leased. */
  offeringRoom<T>(make: () => T): T {
    const full = this.fullTenants();
    const reply = make();
    this.offer(this.roomMadeFor(full));
    return reply;
  }

  /** Tenants that have all they may have here. */
  fullTenants(): readonly TenantRecord[] {
    return fullTenants(this.#parties.store, this.#settings().shard);
  }

  /** How many tasks tenants may have now that were full before. */
  roomMadeFor(full: readonly TenantRecord[]): number {
    const { store } = this.#parties;
    const { shard } = this.#settings();
    const room = full.reduce((sum, { tenantId }) => sum + roomOf(store.tenant(tenantId), shard), 0);
    return room === 0 ? 0 : Math.min(room, this.#leasable());
  }

  /** Leased tasks that an idle runner may have as well. */
  slow(): TaskRecord[] {
    return slowTasks(this.#parties.store, Date.now(), this.#settings());
  }

  /** Whether an idle runner could be given something, in whatever way; what was left over, where it holds back. */
  hasWorkFor(runner: Taker): boolean {
    if (isAnyFor(this.#parties.store, this.#leasableLanes(), runner, Date.now())) return true;
    return runner.holdBackMs === 0 && this.slow().some(({ needs }) => canServe(runner.capabilities, needs));
  }

  /** What idle runners that don't hold back could be given, in whatever way. */
  wantedNeeds(): string[] {
    return [...new Set([...allNeedsOf(this.#leasableLanes()), ...this.slow().map(({ needs }) => needs)])];
  }

  #leasable(): number {
    const { ready, lined } = this.#parties.store.counts();
    return ready + lined;
  }

  /** What may be leased now: a ring for others would be for nothing. */
  #leasableLanes(): ReadyLane[] {
    return leasableLanes(this.#parties.store, this.#settings().shard);
  }

  #settings(): QueueSettings {
    return this.#parties.settings();
  }
}

function allNeedsOf(lanes: readonly ReadyLane[]): string[] {
  return [...new Set(lanes.map(({ needs }) => needs))];
}
