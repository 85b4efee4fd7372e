import { formatBytes } from "@reelway/shared/cli/terminal/units";
import type { UsageFigures } from "@reelway/shared/contracts/usage";
import { counted } from "@reelway/shared/counted";

export type Measure = keyof UsageFigures;

const count = (value: number) => value.toLocaleString("en");
const jobs = (value: number) => counted(value, "job", count(value));

interface Written {
  readonly label: string;
  readonly write: (value: number) => string;
  /** With its noun, where `write` gives a bare number. */
  readonly writeWhole?: (value: number) => string;
}

/** How each figure is called and written. */
export const measures: Readonly<Record<Measure, Written>> = {
  jobsSucceeded: { label: "Jobs succeeded", write: count, writeWhole: jobs },
  jobsFailed: { label: "Jobs failed", write: count, writeWhole: jobs },
  jobsCanceled: { label: "Jobs canceled", write: count, writeWhole: jobs },
  sourceSeconds: { label: "Video converted", write: minutes },
  workSeconds: { label: "Work", write: minutes },
  outputBytes: { label: "Made", write: formatBytes },
  deliveredBytes: { label: "Delivered", write: formatBytes },
};

export const measureNames: readonly Measure[] = [
  "jobsSucceeded",
  "jobsFailed",
  "jobsCanceled",
  "sourceSeconds",
  "workSeconds",
  "outputBytes",
  "deliveredBytes",
];

/** 12 s, 4.2 min, 1,204 min. */
function minutes(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const value = seconds / 60;
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} min`;
}
