import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { QueueEvent } from "@reelway/shared/scheduling/records";

/** The state that each event puts its job in. */
export const stateAfter: Readonly<Record<QueueEvent["type"], JobState>> = {
  "job.started": "running",
  "job.requeued": "queued",
  "job.succeeded": "succeeded",
  "job.failed": "failed",
  "job.canceled": "canceled",
};
