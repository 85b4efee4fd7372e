import { limits } from "../../limits.ts";
import type { QueueSettings } from "../commands.ts";

/** The defaults of limits.ts, and a retention of a week: what the tests reckon with unless they say otherwise. */
export const testSettings: QueueSettings = {
  leaseMs: limits.leaseMs,
  maxRetries: limits.retries,
  retryBaseMs: limits.retryBaseMs,
  retryMaxMs: limits.retryMaxMs,
  queuedMs: limits.queuedMs,
  outageMs: limits.outageMs,
  priorityPointMs: limits.priorityPointMs,
  retentionMs: 7 * 86_400_000,
  replayMs: 0,
  replayEvents: 0,
  breakers: {
    runnerFailures: limits.breakerRunnerFailures,
    recipeFailures: limits.breakerRecipeFailures,
    tenantFailures: limits.breakerTenantFailures,
    pauseMs: limits.breakerPauseMs,
    pauseMaxMs: limits.breakerPauseMaxMs,
    runMs: limits.breakerRunMs,
  },
  hedging: {
    factor: limits.hedgeFactor,
    minMs: limits.hedgeMinMs,
    perJob: limits.hedgesPerJob,
    openTasksPerHedge: limits.openTasksPerHedge,
  },
  shard: { index: 0, count: 1 },
};
