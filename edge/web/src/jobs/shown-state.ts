import type { Job, JobStatus } from "@reelway/shared/contracts/job";
import type { JobState, Stage } from "@reelway/shared/jobs/state-machine";
import type { Tone } from "../parts/badge.tsx";

export const stateLabels: Readonly<Record<JobState, string>> = {
  queued: "Queued",
  planning: "Planning",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
};

export const stateTones: Readonly<Record<JobState, Tone>> = {
  queued: "neutral",
  planning: "neutral",
  running: "accent",
  succeeded: "good",
  failed: "bad",
  canceled: "warn",
};

export const stageLabels: Readonly<Record<Stage, string>> = {
  queued: "Waiting",
  downloading: "Fetching",
  processing: "Converting",
  uploading: "Storing",
  finalizing: "Finishing",
};

/** What is known of a job as of now: its row, with what its channel told since. */
export function shownState(job: Pick<Job, "state">, status: JobStatus | null): JobState {
  return status?.state ?? job.state;
}

export function progressTone(state: JobState): "accent" | "good" | "bad" | "still" {
  if (state === "succeeded") return "good";
  if (state === "failed") return "bad";
  return state === "canceled" ? "still" : "accent";
}

/** `mp4-h264@1` is shown as `mp4-h264`; a job without a preset has settings of its own. */
export function recipeName({ preset, kind }: Pick<Job, "preset" | "kind">): string {
  return preset?.split("@")[0] ?? (kind === "fetch" ? "fetch" : "own settings");
}
