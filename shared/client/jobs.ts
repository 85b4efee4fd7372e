import type { z } from "zod";
import { JobErasure } from "../contracts/erasure.ts";
import { Job, type JobRequest, JobStatus, type JobsQuery } from "../contracts/job.ts";
import { JobPlan } from "../contracts/job-plan.ts";
import { JobTasks } from "../contracts/job-task.ts";
import { page } from "../contracts/page.ts";
import { Playback, type PlaybackRequest } from "../contracts/playback.ts";
import { JobQuality } from "../contracts/quality.ts";
import { JobWaiting } from "../contracts/waiting.ts";
import { type DownloadOptions, downloadOutput, listOutputs } from "./download.ts";
import { type Http, pathOf } from "./http.ts";
import { type WatchOptions, watchJob } from "./watch.ts";

/** Work on assets: convert, stream, picture, probe. */
export function jobsResource(http: Http) {
  const act = (id: string, verb: "cancel" | "retry", signal?: AbortSignal) =>
    http.json({ method: "POST", path: pathOf`/jobs/${id}/${verb}`, schema: Job, signal });
  return {
    /** Without a key of the caller's own, one is made, so that a lost answer never makes a second job. */
    create: (request: JobRequest, options: { idempotencyKey?: string; signal?: AbortSignal | undefined } = {}) =>
      http.json({
        method: "POST",
        path: "/jobs",
        body: request,
        idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
        schema: Job,
        signal: options.signal,
      }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}`, schema: Job, signal }),
    list: (query: Partial<z.output<typeof JobsQuery>> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/jobs", query, schema: page(Job), signal }),
    /** State, stage and percent: the small answer for pollers. */
    status: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}/status`, schema: JobStatus, signal }),
    /** Why it does not run yet. */
    waiting: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}/waiting`, schema: JobWaiting, signal }),
    /** How a stream is made. */
    plan: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}/plan`, schema: JobPlan, signal }),
    /** How near a stream comes to its source, as far as it is measured. */
    quality: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}/quality`, schema: JobQuality, signal }),
    /** What the job consists of, and how far each part is. */
    tasks: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/jobs/${id}/tasks`, schema: JobTasks, signal }),
    /** URLs for players, which need no other credential. Each call makes a token of its own, so a repeat does no harm. */
    playback: (id: string, request: PlaybackRequest = {}, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: pathOf`/jobs/${id}/playback`,
        body: request,
        repeatable: true,
        schema: Playback,
        signal,
      }),
    /** Refused as `illegal_move` once it has ended otherwise. */
    cancel: (id: string, signal?: AbortSignal) => act(id, "cancel", signal),
    /** Deletes what the job made; the job itself stays. */
    deleteOutputs: (id: string, signal?: AbortSignal) =>
      http.json({ method: "DELETE", path: pathOf`/jobs/${id}/outputs`, schema: JobErasure, signal }),
    /** Runs a failed or canceled job again, as its next run. */
    retry: (id: string, signal?: AbortSignal) => act(id, "retry", signal),
    /** The job's states as they come, the current one first, until it has ended. */
    watch: (id: string, options?: WatchOptions) => watchJob(http, id, options),
    /** What it made, each with a presigned GET that holds for a while. */
    outputs: (id: string, signal?: AbortSignal) => listOutputs(http, id, signal),
    /** One output's bytes, straight from its bucket. */
    download: (id: string, options: DownloadOptions) => downloadOutput(http, id, options),
  };
}
