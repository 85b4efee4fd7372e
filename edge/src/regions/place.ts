import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type Place, type RegionId, regionIds, regions, regionsByDistance } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { invalidField } from "../http/invalid-field.ts";
import type { Settings } from "../settings.ts";
import { regionForAsset, regionForWork, useOf } from "./choose-region.ts";
import { type PlacementRules, placementRules } from "./placement-rules.ts";

export interface AssetPlacement {
  readonly tenantId: string;
  /** As the request names it. */
  readonly wanted?: RegionId | undefined;
  /** Where the request came from. */
  readonly place: Place;
  readonly now: number;
}

/**
 * The region that a new asset is kept in: the wanted one, else the nearest that the tenant may use, that is not drained
 * and, where there is a choice, has runners. Throws `invalid_request` for a region that the tenant may not use, and
 * `region_unavailable`.
 */
export async function placeAsset(
  env: Env,
  settings: Settings,
  { tenantId, wanted, place, now }: AssetPlacement,
): Promise<RegionId> {
  const rules = await placementRules(env, tenantId, now);
  const use = usesOf(settings, rules);
  if (wanted !== undefined) {
    if (!rules.allowed.includes(wanted)) throw notAllowed(rules);
    if (!use(wanted).open) throw unavailable(rules);
    return wanted;
  }
  const nearestFirst = regionsByDistance(place).filter((region) => rules.allowed.includes(region));
  const chosen = regionForAsset(nearestFirst, use);
  if (chosen === undefined) throw unavailable(rules);
  return chosen;
}

export interface JobPlacement {
  readonly tenantId: string;
  /** Of its source. */
  readonly assetRegion: RegionId;
  readonly now: number;
}

/**
 * The region that works on a new job: its asset's while that serves, else the nearest that the tenant may use. Throws
 * `region_unavailable` when all of these are drained.
 */
export async function placeJob(
  env: Env,
  settings: Settings,
  { tenantId, assetRegion, now }: JobPlacement,
): Promise<RegionId> {
  const rules = await placementRules(env, tenantId, now);
  const nearestFirst = regionsByDistance(regions[assetRegion]).filter((region) => rules.allowed.includes(region));
  const chosen = regionForWork(assetRegion, nearestFirst, usesOf(settings, rules));
  if (chosen === undefined) throw unavailable(rules);
  return chosen;
}

function usesOf({ failoverAfterMs }: Settings, { states }: PlacementRules) {
  return (region: RegionId) => useOf(states.get(region), failoverAfterMs);
}

function notAllowed({ allowed }: PlacementRules): ReelwayError {
  return invalidField("region", `must be one of the tenant's regions: ${allowed.join(", ")}`);
}

function unavailable({ states, allowed }: PlacementRules): ReelwayError {
  const drained = regionIds.filter((region) => allowed.includes(region) && states.get(region)?.drainedAt != null);
  return new ReelwayError("region_unavailable", `Drained: ${drained.join(", ")}`);
}
