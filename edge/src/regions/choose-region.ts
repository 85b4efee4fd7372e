import type { RegionId } from "@reelway/shared/regions";
import type { RegionStateRow } from "../store/rows.ts";

type Known = Pick<RegionStateRow, "drainedAt" | "failedOverAt" | "servedAt" | "lookedAt">;

/** What one region can be used for at this moment. A region that nobody has looked at yet counts as serving. */
export interface RegionUse {
  /** Takes new things: nobody has drained it. */
  readonly open: boolean;
  /** Somebody works there: a runner was seen not longer ago than failover waits. */
  readonly alive: boolean;
  /** Takes new work: open, and its waiting jobs are not being moved away. */
  readonly serves: boolean;
}

export function useOf(state: Known | undefined, failoverAfterMs: number): RegionUse {
  if (!state) return { open: true, alive: true, serves: true };
  const { drainedAt, failedOverAt, servedAt, lookedAt } = state;
  const open = drainedAt === null;
  const alive = servedAt !== null && lookedAt - servedAt < failoverAfterMs;
  return { open, alive, serves: open && failedOverAt === null };
}

/** The first of these regions, nearest first, that is open and alive; else the first open one. */
export function regionForAsset(
  nearestFirst: readonly RegionId[],
  use: (region: RegionId) => RegionUse,
): RegionId | undefined {
  const open = nearestFirst.filter((region) => use(region).open);
  return open.find((region) => use(region).alive) ?? open[0];
}

/**
 * Where work on an asset goes: to its own region while that serves, else to the nearest that serves and is alive. Where
 * none is, it waits in the asset's own region, or in the nearest open one.
 */
export function regionForWork(
  assetRegion: RegionId,
  nearestFirst: readonly RegionId[],
  use: (region: RegionId) => RegionUse,
): RegionId | undefined {
  const ordered = [...nearestFirst].sort((a, b) => Number(b === assetRegion) - Number(a === assetRegion));
  if (ordered[0] === assetRegion && use(assetRegion).serves) return assetRegion;
  return (
    ordered.find((region) => use(region).serves && use(region).alive) ?? ordered.find((region) => use(region).open)
  );
}
