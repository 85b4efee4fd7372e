import type { LoadResult } from "../load/closed-loop.ts";
import { spreadOf } from "../load/percentiles.ts";
import { milliseconds, perSecond, ratio } from "./figures.ts";
import { table } from "./table.ts";

/** One figure of every side. Null where a side was not measured. */
export interface Row {
  readonly label: string;
  readonly unit: "milliseconds" | "per second";
  readonly reelway: number | null;
  /** Acknowledges from memory, synced to disk every second. */
  readonly baseline: number | null;
  /** Acknowledges what is on disk, as Reelway does. */
  readonly synced: number | null;
}

/** What was measured on each side; null where it was not. */
export interface Measured<T> {
  readonly reelway: T;
  readonly baseline: T | null;
  readonly synced: T | null;
}

/** Reelway beside the baseline, with what one is of the other; the synced one only where it was measured. */
export function comparison(what: string, rows: readonly Row[]): string {
  const withSynced = rows.some(({ synced }) => synced !== null);
  return table(
    [what, "Reelway", "baseline", "ratio", ...(withSynced ? ["baseline, synced", "ratio"] : [])],
    rows.map(({ label, unit, reelway, baseline, synced }) => {
      const show = unit === "milliseconds" ? milliseconds : perSecond;
      return [
        ...[label, show(reelway), show(baseline), ratio(reelway, baseline)],
        ...(withSynced ? [show(synced), ratio(reelway, synced)] : []),
      ];
    }),
  );
}

/** p50, p95 and p99 as rows. */
export function percentileRows<T>(
  label: string,
  measured: Measured<T>,
  durationsOf: (side: T) => readonly number[],
): Row[] {
  const spread = each(measured, (side) => spreadOf(durationsOf(side)));
  return (["p50", "p95", "p99"] as const).map((rank) => ({
    label: `${label} ${rank}`,
    unit: "milliseconds",
    ...each(spread, (side) => side?.[rank] ?? null),
  }));
}

export function rateRow<T>(label: string, measured: Measured<T>, loadOf: (side: T) => LoadResult): Row {
  return { label, unit: "per second", ...each(measured, (side) => loadOf(side).perSecond) };
}

function each<T, U>({ reelway, baseline, synced }: Measured<T>, map: (side: T) => U): Measured<U> {
  return {
    reelway: map(reelway),
    baseline: baseline === null ? null : map(baseline),
    synced: synced === null ? null : map(synced),
  };
}

/** Requests that failed are said aloud: a rate says nothing about them. */
export function failureLines<T>(what: string, measured: Measured<T>, loadOf: (side: T) => LoadResult): string[] {
  return Object.entries(each(measured, loadOf)).flatMap(([side, load]) =>
    load !== null && load.failed > 0
      ? [`**${side}, ${what}: ${load.failed} requests failed**, the first: ${load.firstFailure}`]
      : [],
  );
}
