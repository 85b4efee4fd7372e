import type { RegionId } from "@reelway/shared/regions";
import type { Deltas } from "../../observability/series.ts";
import type { Counted } from "./bucket.ts";

/** A series of a region, as `observability/record.ts` writes it. */
const ofRegion = /^([a-z_]+)\{region="([a-z]+)"(?:,status="([a-z]+)"|,code="[a-z_]+")?\}$/;

/** What the metrics hold of one region since the installation began. */
export function countedIn({ counters, histograms }: Deltas, region: RegionId): Counted {
  const totals = new Map<string, number>();
  for (const [series, value] of Object.entries(counters)) {
    const [, name = "", of, status] = ofRegion.exec(series) ?? [];
    if (of !== region) continue;
    const key = status === undefined ? name : `${name} ${status}`;
    totals.set(key, (totals.get(key) ?? 0) + value);
  }
  const total = (key: string) => totals.get(key) ?? 0;
  return {
    tasksDone: total("reelway_tasks_completed_total"),
    mediaSeconds: total("reelway_media_seconds_total"),
    succeeded: total("reelway_jobs_ended_total succeeded"),
    failed: total("reelway_jobs_ended_total failed"),
    attemptsFailed: total("reelway_attempts_failed_total"),
    waits: histograms[`reelway_dispatch_latency_seconds{region="${region}"}`]?.buckets ?? [],
  };
}
