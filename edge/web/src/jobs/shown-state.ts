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
