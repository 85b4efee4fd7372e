import { formatClock } from "@reelway/shared/cli/terminal/units";
import type { HistoryPoint } from "@reelway/shared/contracts/region-history";
import { durationScaleFor, type Scale, scaleFor } from "../../parts/chart/scale.ts";

export interface FleetChart {
  readonly title: string;
  readonly about: string;
  /** What is drawn is added up over each step. */
  readonly perStep?: true;
  readonly lines: readonly { readonly label: string; readonly of: (point: HistoryPoint) => number | null }[];
  readonly scaleFor: (largest: number) => Scale;
  readonly format: (value: number) => string;
}

const inWhole = (largest: number) => scaleFor(largest, 1);
const inTime = (largest: number) => durationScaleFor(largest);

/** What is drawn of a region's history, in its order. */
export const fleetCharts: readonly FleetChart[] = [
  {
    title: "Queue",
    about: "most tasks at once",
    lines: [
      { label: "Waiting", of: ({ waiting }) => waiting },
      { label: "Running", of: ({ running }) => running },
    ],
    scaleFor: inWhole,
    format: wholeText,
  },
  {
    title: "Waiting time",
    about: "for a runner, roughly",
    lines: [
      { label: "Half within", of: ({ waits }) => waits?.p50Ms ?? null },
      { label: "95 % within", of: ({ waits }) => waits?.p95Ms ?? null },
    ],
    scaleFor: inTime,
    format: durationText,
  },
  {
    title: "Tasks done",
    about: "",
    perStep: true,
    lines: [{ label: "Done", of: ({ tasksDone }) => tasksDone }],
    scaleFor: inWhole,
    format: wholeText,
  },
  {
    title: "Film made",
    about: "what was converted",
    perStep: true,
    lines: [{ label: "Film", of: ({ mediaSeconds }) => (mediaSeconds === null ? null : mediaSeconds * 1_000) }],
    scaleFor: inTime,
    format: durationText,
  },
  {
    title: "Failure rate",
    about: "of jobs that ended",
    lines: [{ label: "Failed", of: failureRate }],
    scaleFor: () => ({ top: 1, ticks: [0, 0.25, 0.5, 0.75, 1] }),
    format: (rate) => `${Math.round(rate * 100)} %`,
  },
  {
    title: "Runners",
    about: "fewest at once",
    lines: [{ label: "At least", of: ({ liveRunners }) => liveRunners }],
    scaleFor: inWhole,
    format: wholeText,
  },
];

/** 0 to 1; null where no job ended. */
function failureRate({ succeeded, failed }: HistoryPoint): number | null {
  return succeeded === null || failed === null || succeeded + failed === 0 ? null : failed / (succeeded + failed);
}

function wholeText(value: number): string {
  return String(Math.round(value));
}

/** 25 ms, 1.4 s, 12 s, 1:05, 1:02:03. */
function durationText(ms: number): string {
  if (ms === 0) return "0 s";
  if (ms < 950) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  return ms < 59_500 ? `${Math.round(ms / 1_000)} s` : formatClock(ms / 1_000);
}
