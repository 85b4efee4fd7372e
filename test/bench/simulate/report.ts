import { spreadOf } from "../load/percentiles.ts";
import { table } from "../report/table.ts";
import { fairnessOf } from "./fairness.ts";
import type { SimulationOptions } from "./fleet-simulation.ts";
import type { Trace } from "./trace.ts";
import { mixingTenants } from "./workload.ts";

/** The report as Markdown; `plots` are file names below `scheduling/`. */
export function reportOf(options: Omit<SimulationOptions, "hedging">, hedged: Trace, unhedged: Trace): string {
  const { seed, runners, jobs, shardsPerRegion, dayMs } = options;
  return `# How the queue behaves with ${count(runners)} runners and ${count(jobs)} jobs

A simulation, made by \`make simulate\`: the scheduler is \`shared/scheduling\` itself, as it runs in the object, over rows in
memory; time, runners and work are simulated (\`test/bench/simulate\`). Each figure follows from the seed (${seed}) and the
code: the same seed gives the same report, to the byte. What it is not: a measure of networks, disks or encoders.

**The fleet.** About ${count(runners)} hosts in three regions of ${shardsPerRegion} shards each; a fifth have a GPU, two slots and half again the
speed. 15 % join late; a host lives for eight hours on the average, vanishes with what it holds, and is replaced within ten
minutes; spells in which it works at a sixth of its speed (10–40 minutes, every five hours) or stands still (1–5 minutes,
every twenty). Four leases in a thousand fail in the middle.

**The work.** ${count(jobs)} jobs within ${dayMs / 60_000} minutes, of eight tenants: films of 25 minutes to four hours (75 to 720 chunks, a
plan before them, audio beside and a finish after), clips of ten seconds to two minutes, some for a GPU alone, and a batch
of ${count(Math.round(jobs * 0.24))} clips that one tenant sends within seconds. Together ${hours(hedged.work.acceptedMs)} hours of slot time.

## What came of it

${comparison(hedged, unhedged)}

*Utilised* is the share of living slots that work, while something is left that runners could have. *Done again* is slot
time whose work counts for nothing: of lost hosts, of failures, and of whoever was second.

![Slots](scheduling/utilisation.svg)

## How long jobs wait

Seconds from a job's arrival to the first lease of it. Priority is a head start among the jobs of one tenant
([ADR 4](adr/0004-fairness-and-priority.md)): the first three lines are of the tenants that use several.

${waitsTable(hedged)}

![Waits](scheduling/waits.svg)

A ten-second clip of the tenant who sends films of four hours waits for a turn, not for the film: its chunks are lined up
behind one another ([ADR 24](adr/0024-jobs-take-turns-by-a-line-of-parts.md)).

## How even the shares are

Jain's index of the live leases of the tenants that have had work waiting for half a minute at least, in shards where
there are several: 1 is an even share, 1/n all for one of n.

${fairnessTable(hedged)}

![Fairness](scheduling/fairness.svg)

![Shares](scheduling/shares.svg)

## What hedges are for

The tail of a film lasts from when its last chunk is first leased until all chunks are done. A host that is slow with one
of them holds up the whole film; one that is idle makes it too ([ADR 28](adr/0028-slow-chunks-are-made-twice.md)). While
there is work for everybody there is nobody to hedge. What is not made of chunks (a clip, a film's sound) is as late as its
host is slow, hedges or not. The longest tail and the end of the day are one job's luck; adr/0028 has them over several seeds.

${tailTable(hedged, unhedged)}

![Tails](scheduling/tails.svg)
`;
}

function comparison(hedged: Trace, unhedged: Trace): string {
  const row = (name: string, figure: (trace: Trace) => string) => [name, figure(hedged), figure(unhedged)];
  return table(
    ["", "with hedges", "without"],
    [
      row("jobs succeeded / failed", ({ jobs }) => `${count(jobs.succeeded)} / ${count(jobs.failed)}`),
      row("until the last was done", ({ endedAt }) => `${(endedAt / 60_000).toFixed(1)} min`),
      row("utilised", (trace) => percent(utilisationOf(trace))),
      row(
        "hedges begun / first / second",
        ({ hedges }) => `${count(hedges.started)} / ${count(hedges.won)} / ${count(hedges.lost)}`,
      ),
      row("done again, of all slot time", ({ work }) => percent(wasted(work) / (wasted(work) + work.acceptedMs))),
      row("– of lost hosts", ({ work }) => percent(work.lostMs / (wasted(work) + work.acceptedMs))),
      row("– of failures", ({ work }) => percent(work.failedMs / (wasted(work) + work.acceptedMs))),
      row("– of whoever was second", ({ work }) => percent(work.outrunMs / (wasted(work) + work.acceptedMs))),
      row("commands to the queues", ({ commands }) => count(commands)),
    ],
  );
}

function waitsTable({ waits }: Trace): string {
  const groups: readonly [string, typeof waits][] = [
    ...[80, 50, 20].map((priority): [string, typeof waits] => [
      `priority ${priority}`,
      waits.filter((wait) => wait.priority === priority && mixingTenants.has(wait.tenantId)),
    ]),
    [
      "ten-second clips behind four-hour films",
      waits.filter(({ tenantId, isFilm }) => tenantId === "cinema" && !isFilm),
    ],
    ["the batch that came at once", waits.filter(({ tenantId }) => tenantId === "archive")],
    ["films", waits.filter(({ isFilm }) => isFilm)],
    ["all", waits],
  ];
  return table(
    ["", "jobs", "p50", "p95", "p99", "longest"],
    groups.map(([name, group]) => [name, count(group.length), ...spreadRow(group.map(({ waitMs }) => waitMs))]),
  );
}

function fairnessTable({ samples }: Trace): string {
  const indexes = fairnessOf(samples).map(({ index }) => index);
  const sorted = indexes.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  const mean = indexes.reduce((sum, index) => sum + index, 0) / indexes.length;
  return table(
    ["samples", "mean", "median", "lowest twentieth", "lowest"],
    [[count(indexes.length), mean.toFixed(3), at(0.5), at(0.05), at(0)]],
  );
}

function tailTable(hedged: Trace, unhedged: Trace): string {
  const row = (name: string, { films }: Trace, what: "tailMs" | "tookMs") => [
    name,
    count(films.length),
    ...spreadRow(films.map((film) => film[what])),
  ];
  return table(
    ["seconds", "films", "p50", "p95", "p99", "longest"],
    [
      row("tail, with hedges", hedged, "tailMs"),
      row("tail, without", unhedged, "tailMs"),
      row("whole film, with hedges", hedged, "tookMs"),
      row("whole film, without", unhedged, "tookMs"),
    ],
  );
}

/** While something waits that can be given out. */
function utilisationOf({ samples }: Trace): number {
  const loaded = samples.filter(({ backlog }) => backlog > 0);
  const busy = loaded.reduce((sum, sample) => sum + sample.busy, 0);
  return busy / loaded.reduce((sum, { slots }) => sum + slots, 0);
}

function wasted({ lostMs, failedMs, outrunMs }: Trace["work"]): number {
  return lostMs + failedMs + outrunMs;
}

function spreadRow(values: readonly number[]): string[] {
  const spread = spreadOf(values);
  return spread
    ? [spread.p50, spread.p95, spread.p99, spread.max].map((ms) => (ms / 1_000).toFixed(1))
    : ["–", "–", "–", "–"];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function hours(ms: number): string {
  return count(Math.round(ms / 3_600_000));
}
