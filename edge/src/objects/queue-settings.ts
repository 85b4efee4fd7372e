import { limits } from "@reelway/shared/limits";
import type { QueueSettings, ShardPlace } from "@reelway/shared/scheduling/commands";
import type { Settings } from "../settings.ts";

/** What a shard's queue goes by: the operator's settings where there are some, else the limits. */
export function queueSettings(settings: Settings, shard: string): QueueSettings {
  return {
    leaseMs: settings.leaseMs,
    maxRetries: settings.maxRetries,
    retryBaseMs: settings.retryBaseMs,
    retryMaxMs: limits.retryMaxMs,
    queuedMs: limits.queuedMs,
    outageMs: limits.outageMs,
    priorityPointMs: limits.priorityPointMs,
    retentionMs: limits.queueRetentionMs,
    replayMs: limits.replayMs,
    replayEvents: limits.replayEvents,
    breakers: {
      runnerFailures: limits.breakerRunnerFailures,
      recipeFailures: limits.breakerRecipeFailures,
      tenantFailures: limits.breakerTenantFailures,
      pauseMs: limits.breakerPauseMs,
      pauseMaxMs: limits.breakerPauseMaxMs,
      runMs: limits.breakerRunMs,
    },
    hedging: {
      factor: settings.hedgeFactor,
      minMs: limits.hedgeMinMs,
      perJob: limits.hedgesPerJob,
      openTasksPerHedge: limits.openTasksPerHedge,
    },
    shard: shardPlace(settings, shard),
  };
}

/** Which of its region's shards this one is, by its name. */
export function shardPlace({ queueShards }: Pick<Settings, "queueShards">, shard: string): ShardPlace {
  return { index: Number(shard.slice(shard.indexOf(":") + 1)), count: queueShards };
}
