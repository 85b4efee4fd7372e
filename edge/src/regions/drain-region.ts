import type { RegionId } from "@reelway/shared/regions";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import type { Settings } from "../settings.ts";
import { writeDrain, writeResume } from "../store/region-states.ts";
import { evacuate, lookAtRegions, targetsAmong } from "./failover.ts";
import { forgetRegionStates } from "./placement-rules.ts";

export interface RegionDrain {
  readonly region: RegionId;
  readonly reason: string;
  readonly audit: AuditEntry;
  readonly now: number;
}

/**
 * Takes a region out of use: nothing new goes there from now on (elsewhere within `placementCacheMs`). What waits there
 * leaves at once, as far as tenants' rules and other regions allow; the sweep goes on with the rest. What runs there
 * ends there.
 */
export async function drainRegion(
  env: Env,
  settings: Settings,
  { region, reason, audit, now }: RegionDrain,
  log: Log,
): Promise<void> {
  await writeDrain(env, region, { reason, now, audit });
  forgetRegionStates();
  const all = await lookAtRegions(env, settings, now);
  const drained = all.find((candidate) => candidate.region === region);
  if (!drained) return;
  const leaving = evacuate(env, settings, drained, targetsAmong(all), log, now);
  await leaving.catch((error) => log.warn("left to the sweep", { region, error }));
}

/** Puts a region into use again. Jobs that were moved stay where they are. */
export async function resumeRegion(env: Env, region: RegionId, audit: AuditEntry): Promise<void> {
  await writeResume(env, region, audit);
  forgetRegionStates();
}
