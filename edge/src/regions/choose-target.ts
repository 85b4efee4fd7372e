import { capabilitiesFor } from "@reelway/shared/contracts/capability";
import { regionOf } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { type RegionId, regions, regionsByDistance } from "@reelway/shared/regions";
import { canServe, laneNeeds } from "@reelway/shared/scheduling/lanes";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";
import type { MovableJob } from "../store/job-moves.ts";
import type { JobRow } from "../store/rows.ts";
import type { MoveReason } from "./judge-region.ts";

type Target = Pick<RunnerStanding, "capabilities" | "holdBackMs">;

/** Regions that take moved jobs (neither drained nor failing over), with the runners that are live there. */
export type Targets = ReadonlyMap<RegionId, readonly Target[]>;

/** What of a job decides where it may go. */
export type Traveller = Pick<JobRow, "id" | "assetId" | "region" | "spec" | "hardware" | "runnerLabels">;

/**
 * Where a waiting job goes: to the region nearest to its source that its tenant allows and where a live runner can do
 * it; those where all that can hold back come behind the others. Undefined where there is none, or when it has been
 * moved often enough. One that left because it had waited too long never comes back to where it has been: two regions
 * must not hand it to and fro.
 */
export function targetFor(
  { job, allowedRegions, movedTo }: Pick<MovableJob, "allowedRegions" | "movedTo"> & { readonly job: Traveller },
  reason: MoveReason,
  targets: Targets,
): RegionId | undefined {
  if (movedTo.length >= limits.movesPerJob) return undefined;
  const needs = laneNeeds(capabilitiesFor(job.spec, job.hardware, job.runnerLabels));
  const been = reason === "overdue" ? [regionOf(job.id), ...movedTo] : [];
  const open = regionsByDistance(regions[regionOf(job.assetId)]).filter(
    (region) =>
      region !== job.region && !been.includes(region) && (allowedRegions === null || allowedRegions.includes(region)),
  );
  const nearestWith = (takes: (runner: Target) => boolean) =>
    open.find((region) => targets.get(region)?.some((runner) => takes(runner)) ?? false);
  const isAble = ({ capabilities }: Target) => canServe(new Set(capabilities), needs);
  return nearestWith((runner) => !runner.holdBackMs && isAble(runner)) ?? nearestWith(isAble);
}
