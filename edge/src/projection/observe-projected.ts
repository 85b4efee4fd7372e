import type { RegionId } from "@reelway/shared/regions";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import { count, observe } from "../observability/record.ts";
import { SpanKind, startSpan } from "../observability/spans.ts";
import type { MadeWork } from "./made-work.ts";

/** What is measured of a job when something happens to it. */
export interface JobFacts {
  readonly run: number;
  readonly region: RegionId;
  /** What it makes: the container of a transcode, else its kind. */
  readonly format: string;
  /** When it was wanted: its creation, or the start that it asked for. */
  readonly wantedAt: number;
  readonly startedAt: number | null;
  readonly traceparent: string | null;
}

/** Counts and traces an event; `made` where it is a job's. Call it once for each: where it is fresh. */
export function observeProjected(env: Env, event: QueueEvent, made: MadeWork | undefined, job: JobFacts): void {
  if (job.run === event.run) measure(event, made, job);
  const { type, at, jobId, attempt, error } = event;
  const span = startSpan(env, `project ${type}`, job.traceparent, {
    kind: SpanKind.CONSUMER,
    // From the moment it happened: the span shows how far D1 was behind.
    startedAt: at,
    attributes: { "reelway.job_id": jobId, "reelway.attempt": attempt, ...(error && { "error.type": error.code }) },
  });
  span?.end();
}

function measure(event: QueueEvent, made: MadeWork | undefined, job: JobFacts): void {
  const { type, at, run, runnerId, error, hedge } = event;
  const { region, format, wantedAt, startedAt } = job;
  if (error !== null && runnerId !== null) {
    count("reelway_attempts_failed_total", { region, code: error.code });
    if (error.code === "runner_lost") count("reelway_lease_expirations_total", { region });
  }
  if (hedge) count("reelway_hedges_total", { region, outcome: hedge });
  switch (type) {
    case "job.started":
      // A later run's row still tells when the first was wanted, and a later attempt has waited for other reasons.
      if (run === 1 && startedAt === at)
        observe("reelway_dispatch_latency_seconds", { region }, seconds(at - wantedAt));
      return;
    case "job.requeued":
      return;
    case "task.completed":
      count("reelway_tasks_completed_total", { region });
      return;
    case "job.succeeded":
      // Its last task tells of its end alone.
      count("reelway_tasks_completed_total", { region });
      count("reelway_media_seconds_total", { region }, (made?.sourceMs ?? 0) / 1_000);
      count("reelway_jobs_ended_total", { region, status: "succeeded" });
      count("video_processing_total", { format, status: "succeeded" });
      if (startedAt !== null) observe("video_processing_duration_seconds", { format }, seconds(at - startedAt));
      if (run === 1) observe("reelway_job_latency_seconds", { format }, seconds(at - wantedAt));
      return;
    case "job.failed":
    case "job.canceled": {
      const status = type.slice("job.".length);
      count("reelway_jobs_ended_total", { region, status });
      count("video_processing_total", { format, status });
    }
  }
}

/** Two clocks are compared: what they make negative happened at once. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}
