import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { Queue } from "bullmq";

/** Our name for where BullMQ has a job. */
export async function jobStateOf(queue: Queue, jobId: string): Promise<JobState> {
  switch (await queue.getJobState(jobId)) {
    case "active":
      return "running";
    case "completed":
      return "succeeded";
    case "failed":
      return "failed";
    default:
      return "queued";
  }
}
