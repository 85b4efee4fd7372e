import type { LoadResult } from "../load/closed-loop.ts";
import { spreadOf } from "../load/percentiles.ts";
import { milliseconds, perSecond, ratio } from "./figures.ts";
import { table } from "./table.ts";

/** One figure of every side. Null where a side was not measured. */
export interface Row {
  readonly label: string;
  readonly unit: "milliseconds" | "per second";
  readonly reelway: number | null;
  readonly baseline: number | null;
}

/** Reelway beside the baseline, with what one is of the other. */
export function comparison(what: string, rows: readonly Row[]): string {
  return table(
    [what, "Reelway", "fastify + BullMQ + Redis", "ratio"],
    rows.map(({ label, unit, reelway, baseline }) => {
      const show = unit === "milliseconds" ? milliseconds : perSecond;
      return [label, show(reelway), show(baseline), ratio(reelway, baseline)];
    }),
  );
}

/** p50, p95 and p99 as rows. */
export function percentileRows(label: string, reelway: readonly number[], baseline: readonly number[] | null): Row[] {
  const ours = spreadOf(reelway);
  const theirs = baseline === null ? null : spreadOf(baseline);
  return (["p50", "p95", "p99"] as const).map((rank) => ({
    label: `${label} ${rank}`,
    unit: "milliseconds",
    reelway: ours?.[rank] ?? null,
    baseline: theirs?.[rank] ?? null,
  }));
}

export function rateRow(label: string, reelway: LoadResult, baseline: LoadResult | null): Row {
  return { label, unit: "per second", reelway: reelway.perSecond, baseline: baseline?.perSecond ?? null };
}

/** Requests that failed are said aloud: a rate says nothing about them. */
export function failureLines(loads: Readonly<Record<string, LoadResult | null>>): string[] {
  return Object.entries(loads).flatMap(([what, load]) =>
    load !== null && load.failed > 0
      ? [`**${what}: ${load.failed} requests failed**, the first: ${load.firstFailure}`]
      : [],
  );
}
