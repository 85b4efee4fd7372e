import type { ShardName } from "@reelway/shared/ids";
import type { Env } from "../env.ts";

/** Shards that have jobs which have not ended, by skipping through an index: one read for each, however many jobs it has. */
const shardsOfLiveJobs = `
  WITH RECURSIVE found (shard) AS (
    SELECT (SELECT min(shard) FROM jobs WHERE finishedAt IS NULL)
    UNION ALL
    SELECT (SELECT min(shard) FROM jobs WHERE finishedAt IS NULL AND shard > found.shard)
    FROM found WHERE found.shard IS NOT NULL
  )
  SELECT shard FROM found WHERE shard IS NOT NULL`;

export async function readShardsOfLiveJobs(env: Env): Promise<ShardName[]> {
  const { results } = await env.DB.prepare(shardsOfLiveJobs).all<{ shard: ShardName }>();
  return results.map(({ shard }) => shard);
}

/** Shards that have ever told of an event, with those that have live jobs. */
export async function readUsedShards(env: Env): Promise<ShardName[]> {
  const { results } = await env.DB.prepare(`${shardsOfLiveJobs} UNION SELECT shard FROM shard_cursors`).all<{
    shard: ShardName;
  }>();
  return results.map(({ shard }) => shard);
}
