import { type RegionId, regionIds } from "@reelway/shared/regions";
import { auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { platformTenantId } from "../store/platform.ts";
import { readRegionStates, writeObservation } from "../store/region-states.ts";
import type { RegionStateRow } from "../store/rows.ts";
import type { Targets } from "./choose-target.ts";
import { noteHistory } from "./history/note.ts";
import { type Judgement, judgeRegion } from "./judge-region.ts";
import { moveWaitingJobs } from "./move-jobs.ts";
import { observeRegion, type RegionStanding } from "./observe.ts";

/** A region as it is at this moment. */
export interface RegionNow {
  readonly region: RegionId;
  readonly before: RegionStateRow | undefined;
  readonly standing: RegionStanding | null;
  readonly judgement: Judgement;
}

/**
 * The sweep's look at the regions: what it finds is stored, and what waits in a region that is drained, without runners
 * or too slow goes to others. Each region by itself: one that fails holds up no other.
 */
export async function watchRegions(env: Env, now = Date.now()): Promise<void> {
  const settings = settingsOf(env);
  const log = createLog({ sweep: true });
  const all = await lookAtRegions(env, settings, now);
  const platform = await platformTenantId(env);
  for (const { region, before, judgement } of all) {
    const detail = { reason: judgement.leave, liveRunners: judgement.state.liveRunners, ready: judgement.state.ready };
    const audit = auditOfSystem({ tenantId: platform, action: "region.failover", resource: region, detail });
    await writeObservation(env, region, judgement.state, audit);
    if (judgement.state.failedOverAt !== null && before?.failedOverAt == null)
      log.warn("region fails over", { region, ...detail });
  }
  try {
    await noteHistory(env, all, now);
  } catch (error) {
    log.error("history not noted", { error });
  }
  for (const regionNow of all) {
    try {
      await evacuate(env, settings, regionNow, targetsAmong(all), log, now);
    } catch (error) {
      log.error("jobs not moved", { region: regionNow.region, error });
    }
  }
}

export async function lookAtRegions(env: Env, settings: Settings, now: number): Promise<RegionNow[]> {
  const states = await readRegionStates(env);
  return Promise.all(
    regionIds.map(async (region) => {
      const before = states.get(region);
      const standing = await observeRegion(env, settings, region, now);
      return { region, before, standing, judgement: judgeRegion(before, standing, settings, now) };
    }),
  );
}

/** Those that moved jobs may go to: somebody works there, nobody has drained them, and they are not failing over. */
export function targetsAmong(all: readonly RegionNow[]): Targets {
  const open = all.filter(({ judgement }) => judgement.open);
  return new Map(open.flatMap(({ region, standing }) => (standing?.live.length ? [[region, standing.live]] : [])));
}

/** Moves what is to leave this region. */
export async function evacuate(
  env: Env,
  settings: Settings,
  { region, judgement }: RegionNow,
  targets: Targets,
  log: Log,
  now: number,
): Promise<number> {
  if (judgement.leave === null) return 0;
  return moveWaitingJobs(env, settings, { from: region, reason: judgement.leave, targets, now }, log);
}
