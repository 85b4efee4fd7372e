import { expect, test } from "vitest";
import { fairnessOf, jain } from "./fairness.ts";
import { FleetSimulation } from "./fleet-simulation.ts";
import { plotsOf } from "./plots.ts";
import { reportOf } from "./report.ts";
import type { Trace } from "./trace.ts";

const options = { seed: 7, runners: 50, jobs: 300, dayMs: 40 * 60_000, shardsPerRegion: 2 };
const run = (more: Partial<typeof options & { hedging: boolean }> = {}): Trace =>
  new FleetSimulation({ ...options, hedging: true, ...more }).run();
const hedged = run();
const unhedged = run({ hedging: false });

test("every job ends, each task done once, and no host holds more than its slots or more than its queue knows", () => {
  for (const trace of [hedged, unhedged]) {
    expect(trace.jobs).toEqual({ succeeded: trace.waits.length, failed: 0 });
    for (const { busy, slots, shards } of trace.samples) {
      expect(busy).toBeLessThanOrEqual(slots);
      // What a host that died held counts until its lease runs out.
      const leases = shards.flatMap((shard) => [...shard.leases.values()]).reduce((sum, count) => sum + count, 0);
      expect(leases).toBeGreaterThanOrEqual(busy - options.runners * 0.1);
    }
  }
});

test("hedges shorten the tail of films, and are none where they are switched off", () => {
  const { started, won, lost } = hedged.hedges;
  expect(started).toBeGreaterThan(0);
  expect(won + lost).toBeLessThanOrEqual(started);
  expect([unhedged.hedges.started, unhedged.work.outrunMs]).toEqual([0, 0]);
  const tail = ({ films }: Trace) => films.reduce((sum, { tailMs }) => sum + tailMs, 0);
  expect(tail(hedged)).toBeLessThan(tail(unhedged));
});

test("a clip does not wait for the film of its own tenant, and tenants with work share evenly", () => {
  const behind = hedged.waits.filter(({ tenantId, isFilm }) => tenantId === "cinema" && !isFilm);
  expect(Math.max(...behind.map(({ waitMs }) => waitMs))).toBeLessThan(120_000);
  const indexes = fairnessOf(hedged.samples).map(({ index }) => index);
  expect(indexes.length).toBeGreaterThan(0);
  expect(indexes.reduce((sum, index) => sum + index, 0) / indexes.length).toBeGreaterThan(0.85);
});

test("the same seed gives the same report and pictures, another one others", { timeout: 60_000 }, () => {
  const again = [run(), run({ hedging: false })] as const;
  expect(reportOf(options, ...again)).toBe(reportOf(options, hedged, unhedged));
  expect(plotsOf(...again)).toEqual(plotsOf(hedged, unhedged));
  expect(reportOf(options, run({ seed: 8 }), unhedged)).not.toBe(reportOf(options, hedged, unhedged));
});

test("Jain's index is 1 for even shares, and 1/n where one has all", () => {
  expect([jain([3, 3, 3]), jain([5, 0, 0, 0, 0]), jain([0, 0])]).toEqual([1, 0.2, 1]);
  expect(jain([4, 1])).toBeCloseTo(25 / 34);
});
