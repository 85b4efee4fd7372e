import type { ShardName } from "@reelway/shared/ids";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";

/** How long an isolate goes by what a shard said it has; one that had nothing is asked again at once. */
const rememberedMs = 1_000;

interface Remembered {
  /** Tasks that runners can have one after the other. */
  readonly leasable: number;
  readonly askedAt: number;
}
const remembered = new Map<ShardName, Remembered>();

/** Those of these shards that have ready work, the fullest first. One that does not answer is left out. */
export async function fullestFirst(env: Env, shards: readonly ShardName[], now: number): Promise<ShardName[]> {
  const fillings = await Promise.all(
    shards.map(async (shard) => ({ shard, leasable: await leasableIn(env, shard, now) })),
  );
  return fillings
    .filter(({ leasable }) => leasable > 0)
    .sort((a, b) => b.leasable - a.leasable)
    .map(({ shard }) => shard);
}

/** Nothing was there any more, or nothing that fits. */
export function foundLess(shard: ShardName): void {
  remembered.delete(shard);
}

async function leasableIn(env: Env, shard: ShardName, now: number): Promise<number> {
  const known = remembered.get(shard);
  if (known && known.leasable > 0 && now - known.askedAt < rememberedMs) return known.leasable;
  try {
    const { ready, lined } = await callQueue(env, shard, async (queue) => await queue.counts());
    // What is lined up comes only behind something ready; a queue one version older lines up nothing.
    const leasable = ready > 0 ? ready + (lined ?? 0) : 0;
    remembered.set(shard, { leasable, askedAt: now });
    return leasable;
  } catch {
    return 0;
  }
}
