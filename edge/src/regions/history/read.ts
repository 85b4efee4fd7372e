import { type HistoryWindow, historyWindows, type RegionHistory } from "@reelway/shared/contracts/region-history";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import type { Env } from "../../env.ts";
import type { HistoryRow } from "../../objects/region-history.ts";
import { metricsHub } from "../../observability/metrics-hub-stub.ts";
import { together } from "./bucket.ts";
import { pointsOf, type TimedBucket } from "./points.ts";

/** How one region did, or all of them together, up to now. */
export async function readHistory(
  env: Env,
  { region, window }: { readonly region: RegionId | null; readonly window: HistoryWindow },
  now: number,
): Promise<RegionHistory> {
  const { lengthMs, stepMs } = historyWindows[window];
  const to = now - (now % stepMs);
  const from = to - lengthMs + stepMs;
  const rows = await metricsHub(env).readHistory(stepMs, from);
  const wanted = region === null ? regionIds : [region];
  const buckets = rows.flatMap((row) => bucketOf(row, wanted) ?? []);
  return { region, window, stepMs, points: pointsOf(buckets, { from, to, stepMs }) };
}

function bucketOf({ at, regions }: HistoryRow, wanted: readonly RegionId[]): TimedBucket | undefined {
  const [first, ...others] = wanted.flatMap((region) => regions[region] ?? []);
  return first && { at, bucket: others.reduce(together, first) };
}
