import type { Client } from "../../client/client.ts";
import type { JobStatus } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
import type { Output } from "../output.ts";
import { renderProgress } from "../terminal/progress-bar.ts";
import { formatClock } from "../terminal/units.ts";
import { WaitingRemarks } from "./waiting-remarks.ts";

/** Percent between two plain lines where no bar can be drawn. */
const plainStep = 10;

/** Shows a job's way to its end, as a bar or as plain lines, and returns its last state. */
export async function followJob(
  client: Client,
  jobId: string,
  output: Output,
  onStatus: (status: JobStatus) => void,
  signal: AbortSignal,
): Promise<JobStatus> {
  let last: JobStatus | undefined;
  let saidPercent = -plainStep;
  const startedAt = Date.now();
  const remarks = new WaitingRemarks((abort) => client.jobs.waiting(jobId, abort), output);
  try {
    for await (const status of client.jobs.watch(jobId, { signal })) {
      onStatus(status);
      remarks.follow(status);
      const retried = last !== undefined && status.attempt > last.attempt && last.attempt > 0;
      const moved = last?.stage !== status.stage || last.state !== status.state;
      last = status;
      if (retried) output.note(`  attempt ${status.attempt}: ${withoutControls(status.message)}`);
      if (output.live.enabled)
        output.live.show((columns, tick) => renderProgress(progressOf(status, startedAt), columns, tick, output.err));
      else if (moved || retried || status.percent >= saidPercent + plainStep) {
        saidPercent = status.percent;
        output.note(plainLine(status));
      }
    }
  } finally {
    remarks.stop();
    output.live.stop();
  }
  if (last === undefined) throw new Error(`No state of ${jobId} was seen.`);
  return last;
}

const stageLabels: Readonly<Record<JobStatus["stage"], string>> = {
  queued: "Waiting",
  downloading: "Fetching",
  processing: "Converting",
  uploading: "Storing",
  finalizing: "Finishing",
};

function progressOf(status: JobStatus, startedAt: number) {
  const waiting = status.state === "queued" || status.state === "planning";
  if (waiting)
    return {
      label: stageLabels.queued,
      fraction: null,
      figures: [withoutControls(status.message) || "for a runner", formatClock((Date.now() - startedAt) / 1_000)],
    };
  return { label: stageLabels[status.stage], fraction: status.percent / 100, figures: figuresOf(status) };
}

function figuresOf({ etaSeconds, speed, fps }: JobStatus): string[] {
  return [
    ...(etaSeconds === null ? [] : [`${formatClock(etaSeconds)} left`]),
    ...(speed === null ? [] : [`${speed.toFixed(speed < 10 ? 2 : 0)}×`]),
    ...(fps === null ? [] : [`${Math.round(fps)} fps`]),
  ];
}

function plainLine(status: JobStatus): string {
  const figures = status.state === "running" ? [`${Math.floor(status.percent)} %`, ...figuresOf(status)] : [];
  const head = status.state === "running" ? status.stage : status.state;
  return `  ${[head, ...figures].join("  ")}`;
}
