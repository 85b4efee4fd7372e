import type { ShardName } from "@reelway/shared/ids";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";

/** How long an isolate goes by what a shard said it has; one that had nothing is asked again at once. */
const rememberedMs = 1_000;

interface Remembered {
  /** Tasks that runners can have one after the other. */
  readonly leasable: number;
  /** Tasks that are leased, and slow. */
  readonly slow: number;
  readonly askedAt: number;
}
const remembered = new Map<ShardName, Remembered>();

export interface StealOrder {
  /** Shards with ready work, the fullest first. */
  readonly full: ShardName[];
  /** Shards with slow work. */
  readonly slow: ShardName[];
}

/** Those of these shards that there is something to take from. One that does not answer is left out. */
export async function stealOrder(env: Env, shards: readonly ShardName[], now: number): Promise<StealOrder> {
  const fillings = await Promise.all(shards.map(async (shard) => ({ shard, ...(await fillingOf(env, shard, now)) })));
  const full = fillings.filter(({ leasable }) => leasable > 0).sort((a, b) => b.leasable - a.leasable);
  const slow = fillings.filter((filling) => filling.slow > 0);
  return { full: full.map(({ shard }) => shard), slow: slow.map(({ shard }) => shard) };
}

/** Nothing was there any more, or nothing that fits. */
export function foundLess(shard: ShardName): void {
  remembered.delete(shard);
}

async function fillingOf(env: Env, shard: ShardName, now: number): Promise<Pick<Remembered, "leasable" | "slow">> {
  const known = remembered.get(shard);
  if (known && known.leasable > 0 && now - known.askedAt < rememberedMs) return known;
  try {
    const { ready, lined, slow = 0 } = await callQueue(env, shard, async (queue) => await queue.counts());
    // What is lined up comes only behind something ready; a queue one version older lines up nothing.
    const leasable = ready > 0 ? ready + (lined ?? 0) : 0;
    remembered.set(shard, { leasable, slow, askedAt: now });
    return { leasable, slow };
  } catch {
    return { leasable: 0, slow: 0 };
  }
}
