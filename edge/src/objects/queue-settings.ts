import { limits } from "@reelway/shared/limits";
import type { QueueSettings } from "@reelway/shared/scheduling/commands";
import { shardNumber } from "@reelway/shared/shards";
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
    shard: { index: shardNumber(shard), count: settings.queueShards },
  };
}
