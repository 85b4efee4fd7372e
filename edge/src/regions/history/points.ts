import type { HistoryPoint } from "@reelway/shared/contracts/region-history";
import { histograms } from "../../observability/metric-definitions.ts";
import { type Bucket, merged } from "./bucket.ts";
import { percentile } from "./percentile.ts";

/** A bucket and when it begins. */
export interface TimedBucket {
  readonly at: number;
  readonly bucket: Bucket;
}

/** One point for every step from `from` up to `to`; a step without a bucket has nothing to tell, and says so. */
export function pointsOf(
  buckets: readonly TimedBucket[],
  { from, to, stepMs }: { from: number; to: number; stepMs: number },
): HistoryPoint[] {
  const byStep = Map.groupBy(buckets, ({ at }) => at - (at % stepMs));
  const points: HistoryPoint[] = [];
  for (let at = from; at <= to; at += stepMs) {
    const [first, ...others] = (byStep.get(at) ?? []).map(({ bucket }) => bucket);
    points.push(pointOf(at, first && others.reduce(merged, first)));
  }
  return points;
}

function pointOf(at: number, bucket: Bucket | undefined): HistoryPoint {
  const { seen, counted } = bucket ?? { seen: null, counted: null };
  return {
    at,
    waiting: seen?.waiting ?? null,
    oldestWaitingMs: seen?.oldestWaitingMs ?? null,
    running: seen?.running ?? null,
    liveRunners: seen?.liveRunners ?? null,
    waits: counted && waitsOf(counted.waits),
    tasksDone: counted?.tasksDone ?? null,
    mediaSeconds: counted?.mediaSeconds ?? null,
    succeeded: counted?.succeeded ?? null,
    failed: counted?.failed ?? null,
    attemptsFailed: counted?.attemptsFailed ?? null,
  };
}

function waitsOf(buckets: readonly number[]): HistoryPoint["waits"] {
  const bounds = histograms.reelway_dispatch_latency_seconds.buckets;
  const [p50, p95] = [percentile(buckets, bounds, 0.5), percentile(buckets, bounds, 0.95)];
  if (p50 === null || p95 === null) return null;
  const jobs = buckets.reduce((sum, count) => sum + count, 0);
  return { jobs, p50Ms: Math.round(p50 * 1_000), p95Ms: Math.round(p95 * 1_000) };
}
