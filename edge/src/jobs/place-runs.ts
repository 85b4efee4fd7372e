import { regionOf } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import { placeJob } from "../regions/place.ts";
import { settingsOf } from "../settings.ts";
import type { JobRow } from "../store/rows.ts";
import type { NextRun } from "../store/start-next-runs.ts";

/** A next run that has no place yet. */
export interface UnplacedRun extends Omit<NextRun, "region" | "shard"> {
  readonly job: JobRow;
}

/**
 * Gives the next runs of a tenant's ended jobs the place that a new job of the same source would get: the last one's may
 * be drained by now, or no longer allowed to the tenant. Throws `region_unavailable`.
 */
export async function placeRuns(
  env: Env,
  tenantId: string,
  runs: readonly UnplacedRun[],
  now: number,
): Promise<NextRun[]> {
  const settings = settingsOf(env);
  const assetRegions = new Set(runs.map(({ job }) => regionOf(job.assetId)));
  const placed = [...assetRegions].map(
    async (assetRegion) => [assetRegion, await placeJob(env, settings, { tenantId, assetRegion, now })] as const,
  );
  const regionFor = new Map<RegionId, RegionId>(await Promise.all(placed));
  return runs.map(({ job, ...run }) => {
    const region = regionFor.get(regionOf(job.assetId)) ?? job.region;
    return { ...run, region, shard: shardFor(job.id, region, settings.queueShards) };
  });
}
