import { type Axis, drawLines, type Series } from "../../bench/simulate/line-chart.ts";
import { workerHeapName } from "../watch/growth.ts";
import type { RunRecord } from "./record.ts";

const minute = 60_000;
const mebibyte = 1024 * 1024;
const pointsAtMost = 400;

/** The pictures of the report as SVG, by the names of their files. */
export function pictures(record: RunRecord): Map<string, string> {
  return new Map([
    [
      "memory.png",
      drawHeld("Memory that each process holds", "MiB", [
        ...seriesOf(record.samples, ({ residentBytes }) => residentBytes / mebibyte),
        ...seriesOf(
          record.heap.map((sample) => ({ ...sample, name: workerHeapName })),
          ({ heapBytes }) => heapBytes / mebibyte,
        ),
      ]),
    ],
    [
      "handles.png",
      drawHeld(
        "Files, sockets and pipes that each process holds",
        "open",
        seriesOf(record.samples, ({ handles }) => handles),
      ),
    ],
    ["jobs.png", jobsOverTime(record)],
  ]);
}

function drawHeld(title: string, label: string, series: readonly Series[]): string {
  return drawLines({ title, x: minutes(lastOf(series)), y: evenAxis(label, greatestOf(series)), series });
}

function seriesOf<Sample extends { readonly name: string; readonly at: number }>(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
): Series[] {
  return [...Map.groupBy(samples, ({ name }) => name)].map(([name, own]) => ({
    name,
    points: thinned(own).map((sample) => [sample.at / minute, value(sample)] as const),
  }));
}

function jobsOverTime({ jobs }: RunRecord): string {
  const cumulative = (times: readonly number[]) =>
    thinned(times.toSorted((a, b) => a - b).map((at, index) => [at / minute, index + 1] as const));
  const series = [
    { name: "accepted", points: cumulative(jobs.map(([createdAt]) => createdAt)) },
    { name: "ended", points: cumulative(jobs.map(([, finishedAt]) => finishedAt)) },
  ];
  return drawLines({ title: "Jobs", x: minutes(lastOf(series)), y: evenAxis("jobs", jobs.length), series });
}

function thinned<Item>(items: readonly Item[]): Item[] {
  const every = Math.max(1, Math.ceil(items.length / pointsAtMost));
  return items.filter((_, index) => index % every === 0 || index === items.length - 1);
}

function lastOf(series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap(({ points }) => points.map(([x]) => x)));
}

function greatestOf(series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap(({ points }) => points.map(([, y]) => y)));
}

function minutes(last: number): Axis {
  return evenAxis("minutes", last);
}

function evenAxis(label: string, most: number): Axis {
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].find((size) => most / size <= 8) ?? most;
  const ticks = Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
  return { label, from: 0, to: ticks.at(-1) ?? most, ticks };
}
