import { table } from "../report/table.ts";
import type { PlainRun } from "./plain-ffmpeg.ts";
import type { StreamRun } from "./stream-run.ts";
import type { Timeline } from "./timeline.ts";

export interface ScaleFigures {
  readonly clip: { readonly seconds: number; readonly bytes: number };
  readonly one: StreamRun;
  readonly two: StreamRun;
  /** On both cores. */
  readonly plain: PlainRun;
}

const seconds = (value: number) => `${value.toFixed(1)} s`;
const share = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "–");
const ratio = (value: number) => `${value.toFixed(2)}×`;

export function scaleReport({ clip, one, two, plain }: ScaleFigures): string {
  const { plan } = one;
  const sizes = plan.video?.renditions.map(({ name }) => name).join(", ");
  const sourceBytes = plan.chunks.reduce((sum, chunk) => sum + chunk.sourceBytes, 0);
  const runs = [one, two];
  return [
    "## One film on one and two runners",
    [
      `${clip.seconds} s (${Math.round(clip.bytes / 1e6)} MB) as ${sizes} by ${plan.video?.encoder}, speed`,
      `${plan.video?.speed}, in ${plan.chunks.length} chunks; runners with one core and one thread each.`,
    ].join(" "),
    [
      `- **speed-up of two runners: ${ratio(one.wall / two.wall)}** (aim ≥ 1.9)`,
      `- **two runners against plain ffmpeg on both cores: ${ratio(two.wall / plain.wall)}** (aim ≤ 1)`,
      `- **source read from storage: ${runs.map(({ bytesRead }) => ratio(bytesRead / clip.bytes)).join(", ")}** (aim ≤ 1.1);`,
      `  the ranges of the chunks are ${ratio(sourceBytes / clip.bytes)} of it, the rest is read for sound and thumbnails`,
    ].join("\n"),
    table(
      ["", "wall", "of plain", "first segment", "CPU", "CPU of the control plane"],
      [
        ...runs.map((run) => [
          run.runners === 1 ? "one runner" : `${run.runners} runners`,
          ...[seconds(run.wall), ratio(run.wall / plain.wall), seconds(run.firstSegment)],
          ...[seconds(run.runnersCpu), seconds(run.controlPlaneCpu)],
        ]),
        ["plain ffmpeg, HLS with fMP4", seconds(plain.wall), ratio(1), "–", seconds(plain.cpu), "–"],
      ],
    ),
    "What the runners did, from their first lease to the end of their last task, by their logs:",
    table(
      ["runner", "tasks", "encoding", "cutting, packaging", "uploading", "completing", "until the next lease", "rest"],
      runs.flatMap(({ runners, timelines }) =>
        timelines.map((timeline, place) => [`${place + 1} of ${runners}`, ...timelineCells(timeline)]),
      ),
    ),
  ].join("\n\n");
}

function timelineCells({ tasks, whole, ...spent }: Timeline): string[] {
  const { encoding, engine, uploading, completing, leasing, other } = spent;
  return [
    String(tasks),
    ...[encoding, engine, uploading, completing, leasing, other].map((part) => share(part, whole)),
  ];
}
