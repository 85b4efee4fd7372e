import type { RunnerFailure } from "@reelway/shared/scheduling/records";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";

/** A runner not seen for this many leases is offline: its leases have run out. */
const offlineAfterLeases = 2;

/**
 * Runners as their region knows them: each shard has its own view of those that asked it for work. The latest word of a
 * runner counts, and its tasks and failures are those of all shards.
 */
export function mergeStandings(shards: readonly (readonly RunnerStanding[])[]): Map<string, RunnerStanding> {
  const merged = new Map<string, RunnerStanding>();
  for (const standing of shards.flat()) {
    const known = merged.get(standing.runnerId);
    const latest = known && known.lastSeenAt > standing.lastSeenAt ? known : standing;
    merged.set(standing.runnerId, {
      ...latest,
      activeTasks: standing.activeTasks + (known?.activeTasks ?? 0),
      leases: [...(known?.leases ?? []), ...(standing.leases ?? [])],
      load: standing.load ?? known?.load ?? null,
      failures: byTime([...(known?.failures ?? []), ...(standing.failures ?? [])]),
    });
  }
  return merged;
}

function byTime(failures: readonly RunnerFailure[]): RunnerFailure[] {
  return [...failures].sort((a, b) => a.at - b.at);
}

export function isOffline({ lastSeenAt }: RunnerStanding, leaseMs: number, now: number): boolean {
  return now - lastSeenAt > offlineAfterLeases * leaseMs;
}
