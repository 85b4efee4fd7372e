import { statfs } from "node:fs/promises";

/** Disk space that one task holds. `bytes` is its bound, `usedBytes` what it was last seen to use. */
export interface SpaceClaim {
  bytes: number;
  usedBytes: number;
}

/** Less than this is not worth a lease, bytes. */
export const smallestClaimBytes = 64 * 1024 * 1024;
/** Kept free on the disk for everyone else, bytes. */
const reserveBytes = 64 * 1024 * 1024;

/**
 * Who holds how much of the scratch space: claimed before a lease is taken, so that no task begins that the disk
 * could not bear. The sum of the claims never exceeds `maxBytes`, nor what the disk really has.
 */
export class SpaceLedger {
  readonly #maxBytes: number;
  #slots: number;
  readonly #freeBytes: () => Promise<number>;
  readonly #claims = new Set<SpaceClaim>();

  constructor(maxBytes: number, slots: number, freeBytes: () => Promise<number>) {
    this.#maxBytes = maxBytes;
    this.#slots = slots;
    this.#freeBytes = freeBytes;
  }

  /** Tasks at once, from now on: each new one gets another share. */
  set slots(slots: number) {
    this.#slots = slots;
  }

  /** One slot's share of the space, or null where too little is left for any task. */
  async claim(): Promise<SpaceClaim | null> {
    const unclaimed = this.#unclaimedBytes(await this.#freeBytes());
    const bytes = Math.min(
      unclaimed,
      Math.floor(Math.min(this.#maxBytes, unclaimed + this.claimedBytes) / this.#slots),
    );
    if (bytes < Math.min(smallestClaimBytes, Math.floor(this.#maxBytes / this.#slots))) return null;
    const claim: SpaceClaim = { bytes, usedBytes: 0 };
    this.#claims.add(claim);
    return claim;
  }

  /**
   * Makes a claim at least `bytes` large. `busy`: others hold the space now; `never`: it is more than this host has.
   */
  async grow(claim: SpaceClaim, bytes: number): Promise<"grown" | "busy" | "never"> {
    if (bytes <= claim.bytes) return "grown";
    const unclaimed = this.#unclaimedBytes(await this.#freeBytes());
    if (bytes - claim.bytes <= unclaimed) {
      claim.bytes = bytes;
      return "grown";
    }
    return bytes > unclaimed + this.claimedBytes ? "never" : "busy";
  }

  /** The task writes nothing more: its claim comes down to what it holds. */
  settle(claim: SpaceClaim, usedBytes: number): void {
    claim.usedBytes = usedBytes;
    claim.bytes = Math.min(claim.bytes, usedBytes);
  }

  release(claim: SpaceClaim): void {
    this.#claims.delete(claim);
  }

  get claimedBytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  get usedBytes(): number {
    return this.#sum(({ usedBytes }) => usedBytes);
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** What a new claim may take: within our own bound, and within the disk after what others still have coming. */
  #unclaimedBytes(free: number): number {
    const promised = this.#sum(({ bytes, usedBytes }) => Math.max(0, bytes - usedBytes));
    return Math.max(0, Math.min(this.#maxBytes - this.claimedBytes, free - reserveBytes - promised));
  }

  #sum(of: (claim: SpaceClaim) => number): number {
    return [...this.#claims].reduce((sum, claim) => sum + of(claim), 0);
  }
}

/** Bytes that an unprivileged process may still write to the disk under a directory. */
export async function freeDiskBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** The least space that a task with these inputs can be expected to need, bytes. */
export function neededBytes(inputBytes: number): number {
  return inputBytes * 2 + 32 * 1024 * 1024;
}
