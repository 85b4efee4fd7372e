import type { Commands, CommandType, QueueSettings, Replies } from "@reelway/shared/scheduling/commands";
import { MemoryStore } from "@reelway/shared/scheduling/memory-store";
import { QueueDriver } from "@reelway/shared/scheduling/testing/queue-driver";
import type { Chance } from "./chance.ts";
import type { ShardSample } from "./trace.ts";
import type { SimulatedRegion } from "./workload.ts";

/** One RegionQueue: the scheduler's own machine over rows in memory, in simulated time. */
export class Shard {
  readonly region: SimulatedRegion;
  readonly #name: string;
  readonly #queue: QueueDriver;
  readonly #chance: Chance;
  commands = 0;

  constructor(region: SimulatedRegion, name: string, settings: QueueSettings, chance: Chance) {
    this.region = region;
    this.#name = name;
    this.#queue = new QueueDriver(new MemoryStore(), settings);
    this.#chance = chance;
  }

  run<T extends CommandType>(now: number, command: Commands[T] & { readonly type: T }): Replies[T] {
    this.#queue.now = now;
    this.commands += 1;
    // Backoffs alone are drawn.
    if (command.type === "fail" || command.type === "tick" || command.type === "release")
      this.#queue.random = this.#chance.of(`${this.#name}/${this.commands}`);
    return this.#queue.run<T>(command);
  }

  /** Lets time pass, as the alarm does, and takes the events off. Whether anything has come due. */
  tick(now: number): boolean {
    const { store } = this.#queue;
    const isDue = (store.nextDeadline() ?? Number.POSITIVE_INFINITY) <= now;
    while (isDue && this.run(now, { type: "tick" }).more);
    this.run(now, { type: "acknowledge", upToSequence: store.lastSequence() });
    return isDue;
  }

  /** Tasks that runners can have one after the other. */
  leasable(): number {
    const { ready, lined } = this.#queue.store.counts();
    return ready > 0 ? ready + lined : 0;
  }

  /** From when on a runner could be given a second lease on something. */
  hasSlow(now: number): boolean {
    return this.#queue.store.jobsToHedge(now, 1).length > 0;
  }

  hasOpenJobs(): boolean {
    const { ready, delayed, lined, blocked, leased } = this.#queue.store.counts();
    return ready + delayed + lined + blocked + leased > 0;
  }

  jobState(jobId: string): string | undefined {
    return this.#queue.store.job(jobId)?.state;
  }

  /** Of a task that is done and was leased twice: whether the second lease was first. */
  hedgeOf(taskId: string): "won" | "lost" | null {
    const task = this.#queue.store.task(taskId);
    if (!task?.hedged) return null;
    return task.epoch === task.lastEpoch ? "won" : "lost";
  }

  sample(tenantIds: readonly string[]): ShardSample & { readonly backlog: number } {
    const { store } = this.#queue;
    const leases = tenantIds.map((tenantId) => [tenantId, store.tenant(tenantId)?.activeLeases ?? 0] as const);
    const backlogged = store.readyLanes().filter(({ needs }) => needs === "");
    return {
      region: this.region,
      leases: new Map(leases.filter(([, count]) => count > 0)),
      backlogged: new Set(backlogged.map(({ tenantId }) => tenantId)),
      backlog: this.leasable(),
    };
  }
}
