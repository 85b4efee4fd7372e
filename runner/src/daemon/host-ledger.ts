import { memoryNeeds, memoryTiers } from "@reelway/shared/contracts/memory-tier";
import type { Demand } from "@reelway/shared/jobs/demand";

/** What this host has for its tasks. */
export interface HostCapacity {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What one task may use. */
export interface HostShare {
  /** Threads of each of its programs. */
  readonly cores: number;
  /** As it was claimed, before more was known of the task. */
  readonly memoryBytes: number;
}

/** Less than this is not worth a lease: what a task takes at least that asks for no memory, bytes. */
const smallestBytes = 512 * 1024 * 1024;

/**
 * Who uses which part of the host. Cores are shared out: a task that is alone gets all that it can use, tasks that come
 * together share, and one that comes last gets one at least, since programs share cores better than they wait.
 * Memory is not: what a task needs is said to the control plane as `memory:8`, and what the others hold is taken off.
 */
export class HostLedger {
  readonly #capacity: HostCapacity;
  /** Each with the memory that it holds by now, bytes. */
  readonly #shares = new Map<HostShare, number>();

  constructor(capacity: HostCapacity) {
    this.#capacity = capacity;
  }

  /** A share for a task that came with `companions` others whose shares are still to be claimed. */
  claim(demand: Demand, companions: number): HostShare {
    const fair = Math.floor(this.#freeCores / (companions + 1));
    const share = { cores: Math.max(1, Math.min(fair, demand.cores)), memoryBytes: demand.memoryBytes };
    this.#shares.set(share, share.memoryBytes);
    return share;
  }

  /**
   * A task knows by now what memory it takes, bytes, and holds that from here on. False, and nothing changes, where the
   * others leave less: by the same tiers as the control plane gives work by, so that it does not come straight back.
   */
  settle(share: HostShare, memoryBytes: number): boolean {
    const leftToIt = this.#freeMemory + (this.#shares.get(share) ?? 0);
    const left = new Set(memoryTiers(leftToIt));
    if (!memoryNeeds({ memoryBytes }).every((tier) => left.has(tier))) return false;
    this.#shares.set(share, memoryBytes);
    return true;
  }

  /** The task's programs have ended. */
  release(share: HostShare): void {
    this.#shares.delete(share);
  }

  /** Whether another task finds memory to begin with. One always does where no other is. */
  get hasRoom(): boolean {
    return this.#shares.size === 0 || this.#freeMemory >= smallestBytes;
  }

  /** All tiers of memory that this host has. */
  get tiers(): string[] {
    return memoryTiers(this.#capacity.memoryBytes);
  }

  /** Those of them that the tasks on it leave none of. */
  get takenTiers(): string[] {
    if (this.#shares.size === 0) return [];
    const free = new Set(memoryTiers(this.#freeMemory));
    return this.tiers.filter((tier) => !free.has(tier));
  }

  get #freeCores(): number {
    return this.#capacity.cores - sum([...this.#shares.keys()].map(({ cores }) => cores));
  }

  get #freeMemory(): number {
    return this.#capacity.memoryBytes - sum([...this.#shares.values()]);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
