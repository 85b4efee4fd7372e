import type { ShardName } from "@reelway/shared/ids";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import { shardsOf } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { regionOfShard } from "../objects/region-queue-stub.ts";
import type { Settings } from "../settings.ts";
import { readShardsOfLiveJobs, readUsedShards } from "../store/shards.ts";

/** How long an isolate goes by what it read; a setting changes with a deployment, which begins new isolates. */
const rememberedMs = 10_000;
let remembered: { readonly shards: readonly ShardName[]; readonly readAt: number } | null = null;

/**
 * A region's shards that may have work: as many as are set, first, then those of an earlier, larger setting that still
 * have jobs. These get no new ones, and are leased from until they are empty.
 */
export async function shardsWithWork(
  env: Env,
  { queueShards }: Settings,
  region: RegionId,
  now: number,
): Promise<ShardName[]> {
  if (!remembered || now - remembered.readAt >= rememberedMs) await look(env, now);
  return withOthers(region, queueShards, remembered?.shards ?? []);
}

/** When D1 is away, what was known before goes on to count: runners lease from their queues all the same. */
async function look(env: Env, now: number): Promise<void> {
  try {
    remembered = { shards: await readShardsOfLiveJobs(env), readAt: now };
  } catch (error) {
    createLog().warn("former shards not known", { error });
  }
}

/** Every shard of every region that is set or was ever used: what the sweep looks after. */
export async function allShards(env: Env, { queueShards }: Settings): Promise<ShardName[]> {
  const used = await readUsedShards(env);
  return regionIds.flatMap((region) => withOthers(region, queueShards, used));
}

function withOthers(region: RegionId, queueShards: number, used: readonly ShardName[]): ShardName[] {
  const ofRegion = used.filter((shard) => regionOfShard(shard) === region);
  return [...new Set([...shardsOf(region, queueShards), ...ofRegion])];
}
