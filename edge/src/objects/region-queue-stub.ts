import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ShardName } from "@reelway/shared/ids";
import { RegionId, regions } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import type { RegionQueue } from "./region-queue.ts";

const attempts = 3;
const firstPauseMs = 25;

/**
 * Calls a shard's RegionQueue. Transient failures are tried again with a fresh stub (a stub that threw stays broken);
 * an overloaded object is left alone. Throws `unavailable` when the object did not answer.
 */
export async function callQueue<Answer>(
  env: Env,
  shard: ShardName,
  call: (queue: DurableObjectStub<RegionQueue>) => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(queueStub(env, shard));
    } catch (error) {
      if (attempt >= attempts || !isTransient(error))
        throw new ReelwayError("unavailable", `the queue of ${shard} did not answer`, { cause: error });
      await scheduler.wait(firstPauseMs * 2 ** attempt * Math.random());
    }
  }
}

/** A stub with the shard's place: the hint counts only on the very first call ever, so every call gives it. */
export function queueStub(env: Env, shard: ShardName): DurableObjectStub<RegionQueue> {
  return env.REGION_QUEUE.getByName(shard, { locationHint: regions[regionOfShard(shard)].hint });
}

export function regionOfShard(shard: ShardName): RegionId {
  return RegionId.parse(shard.slice(0, shard.indexOf(":")));
}

/** What the platform says of a failed call: worth another try, and not a sign of overload. */
export function isTransient(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return "retryable" in error && error.retryable === true && !("overloaded" in error && error.overloaded === true);
}
