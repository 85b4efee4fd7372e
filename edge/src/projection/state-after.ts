import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { JobEventType } from "@reelway/shared/scheduling/records";

/** The state that each event puts its job in. */
export const stateAfter: Readonly<Record<JobEventType, JobState>> = {
  "job.started": "running",
  "job.requeued": "queued",
  "job.succeeded": "succeeded",
  "job.failed": "failed",
  "job.canceled": "canceled",
};
