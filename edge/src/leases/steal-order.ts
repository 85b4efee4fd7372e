import type { ShardName } from "@reelway/shared/ids";
import type { Env } from "../env.ts";
import { callQueue } from "../objects/region-queue-stub.ts";

/** How long an isolate goes by what a shard said it has; one that had nothing is asked again at once. */
const rememberedMs = 1_000;

interface Remembered {
  readonly ready: number;
  readonly askedAt: number;
}
const remembered = new Map<ShardName, Remembered>();

/** Those of these shards that have ready work, the fullest first. One that does not answer is left out. */
export async function fullestFirst(env: Env, shards: readonly ShardName[], now: number): Promise<ShardName[]> {
  const fillings = await Promise.all(shards.map(async (shard) => ({ shard, ready: await readyIn(env, shard, now) })));
  return fillings
    .filter(({ ready }) => ready > 0)
    .sort((a, b) => b.ready - a.ready)
    .map(({ shard }) => shard);
}

/** Nothing was there any more, or nothing that fits. */
export function foundLess(shard: ShardName): void {
  remembered.delete(shard);
}

async function readyIn(env: Env, shard: ShardName, now: number): Promise<number> {
  const known = remembered.get(shard);
  if (known && known.ready > 0 && now - known.askedAt < rememberedMs) return known.ready;
  try {
    const { ready } = await callQueue(env, shard, async (queue) => await queue.counts());
    remembered.set(shard, { ready, askedAt: now });
    return ready;
  } catch {
    return 0;
  }
}
