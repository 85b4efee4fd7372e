import type { RegionReport } from "@reelway/shared/contracts/region";
import { type RegionId, regionIds, regions } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { readRegionStates } from "../store/region-states.ts";
import { readThroughput, throughputOf } from "../store/region-throughput.ts";
import type { RegionStateRow } from "../store/rows.ts";
import { observeRegion } from "./observe.ts";

const hourMs = 3_600_000;

/** The regions as anybody may know them. */
export async function listRegions(env: Env): Promise<RegionReport[]> {
  const states = await readRegionStates(env);
  return regionIds.map((id) => ({ ...summaryOf(id, states.get(id)), operation: null, queue: null }));
}

/** The same with what those who run the fleet want to know. A region whose queue does not answer has none of it, and fails no list. */
export async function reportRegions(env: Env, settings: Settings, now: number): Promise<RegionReport[]> {
  const [states, throughput] = await Promise.all([readRegionStates(env), readThroughput(env, now - hourMs)]);
  return Promise.all(
    regionIds.map(async (id) => {
      const state = states.get(id);
      const standing = await observeRegion(env, settings, id, now);
      const operation = {
        drainedAt: state?.drainedAt ?? null,
        drainReason: state?.drainReason ?? null,
        failedOverAt: state?.failedOverAt ?? null,
        liveRunners: standing?.live.length ?? null,
        lastHour: throughput.get(id) ?? throughputOf([]),
      };
      return { ...summaryOf(id, state), operation, queue: standing?.counts ?? null };
    }),
  );
}

function summaryOf(id: RegionId, row: RegionStateRow | undefined) {
  const { name, jurisdiction = null } = regions[id];
  return { id, name, jurisdiction, state: stateOf(row) };
}

function stateOf(row: RegionStateRow | undefined): RegionReport["state"] {
  if (row?.drainedAt != null) return "drained";
  return row?.failedOverAt != null ? "failing_over" : "serving";
}
