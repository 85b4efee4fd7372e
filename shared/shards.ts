import type { ShardName } from "./ids.ts";
import type { RegionId } from "./regions.ts";

/** The RegionQueue objects of a region. */
export function shardsOf(region: RegionId, shardCount: number): ShardName[] {
  return Array.from({ length: shardCount }, (_, shard): ShardName => `${region}:${shard}`);
}

/** Which of its region's shards it is, by its name, counted from 0. */
export function shardNumber(shard: string): number {
  return Number(shard.slice(shard.indexOf(":") + 1));
}

/**
 * The shard that something belongs to (a job's run, a runner), by rendezvous hashing: another shard takes over only
 * its fair part of them. What has a shard keeps it; this is asked once.
 */
export function shardFor(id: string, region: RegionId, shardCount: number): ShardName {
  const [first, ...others] = shardsOf(region, shardCount);
  if (first === undefined) throw new RangeError("a region has at least one shard");
  return others.reduce((best, shard) => (weight(id, shard) > weight(id, best) ? shard : best), first);
}

/** FNV-1a over both names, then mixed (murmur3's finaliser): neighbouring names must not weigh alike. */
function weight(id: string, shard: ShardName): number {
  let hash = 2_166_136_261;
  for (const character of `${shard}\n${id}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
