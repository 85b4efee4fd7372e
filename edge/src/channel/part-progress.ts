import type { ProgressReport } from "@reelway/shared/contracts/lease";
import { counted } from "@reelway/shared/counted";
import type { Stage } from "@reelway/shared/jobs/state-machine";

/** One task of a job that has several, as far as its reports tell. */
export interface PartProgress {
  readonly weight: number;
  /** When its latest lease was given, and the last report taken from that. */
  readonly leasedAt: number;
  readonly reportSequence: number;
  readonly percent: number;
  readonly fps: number | null;
  readonly done: boolean;
}

export type PartsProgress = Readonly<Record<string, PartProgress>>;

export interface PartReport {
  readonly part: { readonly name: string; readonly weight: number };
  readonly leasedAt: number;
  readonly report: ProgressReport;
}

/** Takes a report of one part; undefined where it is no news. */
export function afterPartReport(
  parts: PartsProgress,
  { part, leasedAt, report }: PartReport,
): PartsProgress | undefined {
  const known = parts[part.name];
  if (known && (known.done || leasedAt < known.leasedAt)) return undefined;
  if (known?.leasedAt === leasedAt && report.sequence <= known.reportSequence) return undefined;
  const { sequence: reportSequence, percent, fps } = report;
  return { ...parts, [part.name]: { weight: part.weight, leasedAt, reportSequence, percent, fps, done: false } };
}

/** Takes the end of a part, whoever heard of it before. */
export function afterPartDone(parts: PartsProgress, part: string, weight: number, at: number): PartsProgress {
  const over = { reportSequence: 0, percent: 100, fps: null, done: true };
  return { ...parts, [part]: { ...over, weight, leasedAt: Math.max(at, parts[part]?.leasedAt ?? 0) } };
}

/** The job's own progress, from that of its parts. The last hundredth is the end's. */
export function progressOfParts(parts: PartsProgress): {
  percent: number;
  fps: number | null;
  stage: Stage;
  message: string;
} {
  const all = Object.entries(parts);
  const percent = all.reduce((sum, [, { weight, percent }]) => sum + weight * percent, 0);
  const speeds = all.flatMap(([, { fps, done }]) => (fps !== null && !done ? [fps] : []));
  const chunks = all.filter(([name]) => name.startsWith("encode:"));
  const done = chunks.filter(([, part]) => part.done).length;
  return {
    percent: Math.min(99, Math.round(percent * 100) / 100),
    fps: speeds.length > 0 ? speeds.reduce((sum, fps) => sum + fps, 0) : null,
    stage: "finish" in parts ? "finalizing" : "processing",
    message: messageOf(chunks.length - done, done),
  };
}

function messageOf(working: number, done: number): string {
  const parts = [
    ...(working > 0 ? [`${counted(working, "chunk")} being made`] : []),
    ...(done > 0 ? [`${done} done`] : []),
  ];
  return parts.join(", ");
}
