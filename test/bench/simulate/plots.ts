import { type Fairness, fairnessOf } from "./fairness.ts";
import { type Axis, drawLines, type Series } from "./line-chart.ts";
import type { Sample, Trace } from "./trace.ts";
import { mixingTenants, type SimulatedRegion } from "./workload.ts";

const minute = 60_000;
const pointsAtMost = 240;

/** The pictures of the report, by file name. */
export function plotsOf(hedged: Trace, unhedged: Trace): Map<string, string> {
  return new Map([
    ["utilisation.svg", utilisation(hedged.samples)],
    ["waits.svg", waits(hedged)],
    ["shares.svg", shares(hedged.samples, "enam")],
    ["fairness.svg", fairness(fairnessOf(hedged.samples))],
    ["tails.svg", tails(hedged, unhedged)],
  ]);
}

function utilisation(samples: readonly Sample[]): string {
  const most = Math.max(...samples.map(({ slots }) => slots));
  return drawLines({
    title: "Slots of living runners, and those that work",
    x: timeAxis(samples),
    y: evenAxis("slots", most),
    series: [
      { name: "living", points: overTime(samples, ({ slots }) => slots) },
      { name: "working", points: overTime(samples, ({ busy }) => busy) },
    ],
  });
}

function waits({ waits: all }: Trace): string {
  const mixed = all.filter(({ tenantId }) => mixingTenants.has(tenantId));
  const distribution = (priority: number) =>
    mixed.filter((wait) => wait.priority === priority).map(({ waitMs }) => waitMs / 1_000);
  return drawLines({
    title: "Jobs that have begun, by priority",
    x: { label: "seconds waited", from: 0.1, to: 10_000, ticks: [0.1, 1, 10, 100, 1_000, 10_000], isLogarithmic: true },
    y: shareAxis("share of the jobs"),
    series: [80, 50, 20].map((priority) => ({
      name: `priority ${priority}`,
      points: cumulative(distribution(priority)),
    })),
  });
}

function shares(samples: readonly Sample[], region: SimulatedRegion): string {
  const leasesOf = (tenantId: string) => (sample: Sample) =>
    sample.shards
      .filter((shard) => shard.region === region)
      .reduce((sum, { leases }) => sum + (leases.get(tenantId) ?? 0), 0);
  const tenants = [
    ...new Set(
      samples.flatMap(({ shards }) =>
        shards.filter((shard) => shard.region === region).flatMap(({ leases }) => [...leases.keys()]),
      ),
    ),
  ].sort();
  const series = tenants.map((tenantId) => ({ name: tenantId, points: overTime(samples, leasesOf(tenantId)) }));
  const most = Math.max(...series.flatMap(({ points }) => points.map(([, count]) => count)));
  return drawLines({
    title: `Leases of each tenant, in ${region}`,
    x: timeAxis(samples),
    y: evenAxis("live leases", most),
    series,
  });
}

function fairness(indexes: readonly Fairness[]): string {
  return drawLines({
    title: "Jain's index, among tenants that all have work waiting",
    x: timeAxis(indexes),
    y: shareAxis("index"),
    series: [{ name: "all shards", points: overTime(indexes, ({ index }) => index) }],
  });
}

function tails(hedged: Trace, unhedged: Trace): string {
  const distribution = ({ films }: Trace) => films.map(({ tailMs }) => tailMs / 1_000);
  return drawLines({
    title: "Films whose chunks are all done, after the last was first leased",
    x: { label: "seconds since then", from: 10, to: 1_000, ticks: [10, 30, 100, 300, 1_000], isLogarithmic: true },
    y: shareAxis("share of the films"),
    series: [
      { name: "with hedges", points: cumulative(distribution(hedged)) },
      { name: "without", points: cumulative(distribution(unhedged)) },
    ],
  });
}

function overTime<T extends { readonly at: number }>(
  samples: readonly T[],
  value: (sample: T) => number,
): Series["points"] {
  const every = Math.max(1, Math.ceil(samples.length / pointsAtMost));
  return samples
    .filter((_, index) => index % every === 0)
    .map((sample) => [sample.at / minute, value(sample)] as const);
}

function cumulative(values: readonly number[]): Series["points"] {
  const sorted = values.toSorted((a, b) => a - b);
  const every = Math.max(1, Math.ceil(sorted.length / pointsAtMost));
  const kept = sorted.map((value, index) => [value, (index + 1) / sorted.length] as const);
  return kept.filter((_, index) => index % every === 0 || index === kept.length - 1);
}

function timeAxis(samples: readonly { readonly at: number }[]): Axis {
  return evenAxis("minutes", Math.max(...samples.map(({ at }) => at)) / minute);
}

function evenAxis(label: string, most: number): Axis {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].find((size) => most / size <= 8) ?? most;
  const ticks = Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
  return { label, from: 0, to: ticks.at(-1) ?? most, ticks };
}

function shareAxis(label: string): Axis {
  return { label, from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] };
}
