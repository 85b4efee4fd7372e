import type { Breaker, Breakers } from "@reelway/shared/contracts/breaker";
import type { ShardName } from "@reelway/shared/ids";
import { subjectOf } from "@reelway/shared/scheduling/breaker-keys";
import type { BreakerRecord } from "@reelway/shared/scheduling/records";
import { shardNumber } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue, regionOfShard } from "../objects/region-queue-stub.ts";
import { allShards } from "../regions/live-shards.ts";
import type { Settings } from "../settings.ts";

/** Everybody who is paused for failing, or on trial. A shard that does not answer is named, and hides no other. */
export async function listBreakers(env: Env, settings: Settings, log: Log): Promise<Breakers> {
  const unreachable: ShardName[] = [];
  const found = await Promise.all(
    (await allShards(env, settings)).map(async (shard) => {
      try {
        const records = await callQueue(env, shard, async (queue) => await queue.pausedBreakers());
        return records.flatMap((record) => present(shard, record) ?? []);
      } catch (error) {
        log.warn("breakers not known", { shard, error });
        unreachable.push(shard);
        return [];
      }
    }),
  );
  return { items: found.flat().sort((a, b) => b.openedAt - a.openedAt), unreachable: unreachable.sort() };
}

function present(shard: ShardName, record: BreakerRecord): Breaker | undefined {
  const subject = subjectOf(record.key);
  const { key, state, failures, openings, openedAt, retryAt, lastFailureAt, lastCode } = record;
  if (!subject || state === "closed" || openedAt === null || retryAt === null) return undefined;
  return {
    key,
    party: subject.party,
    region: regionOfShard(shard),
    shard: shardNumber(shard),
    state,
    runnerId: subject.runnerId,
    tenantId: subject.tenantId,
    preset: subject.recipe,
    failedJobs: failures.map(({ jobId }) => jobId),
    openings,
    openedAt,
    retryAt,
    lastFailureAt,
    lastCode,
  };
}
