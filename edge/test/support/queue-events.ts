import type { QueueEvent } from "@reelway/shared/scheduling/records";
import type { seedJob } from "./fleet.ts";

type Job = Awaited<ReturnType<typeof seedJob>>["job"];

/** Makes events of first runs as a queue tells them; event n happened n milliseconds after `start`. */
export const queueEventsAfter =
  (start: number) =>
  (job: Job, sequence: number, type: QueueEvent["type"], more: Partial<QueueEvent> = {}): QueueEvent => ({
    sequence,
    at: start + sequence,
    type,
    jobId: job.id,
    tenantId: job.tenantId,
    run: 1,
    taskId: null,
    part: null,
    attempt: 1,
    runnerId: null,
    error: null,
    result: null,
    hedge: null,
    ...more,
  });
