import { Sha256 } from "@reelway/shared/contracts/asset";
import { capabilitiesFor } from "@reelway/shared/contracts/capability";
import { InputRole } from "@reelway/shared/contracts/grant";
import { Destination, HardwareUse } from "@reelway/shared/contracts/job";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import { ReusedRendition } from "@reelway/shared/contracts/reused-stream";
import { StreamStep } from "@reelway/shared/contracts/stream-step";
import { JobId, taskIdOf } from "@reelway/shared/ids";
import { RegionId } from "@reelway/shared/regions";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import { z } from "zod";
import type { Settings } from "../settings.ts";
import type { InputAsset, JobRow } from "../store/rows.ts";

/** What a task carries through the queue: all that a lease of it needs, so that leasing reads nothing else. */
export const TaskPayload = z.object({
  run: z.int(),
  spec: JobSpec,
  hardware: HardwareUse,
  timeoutSeconds: z.int(),
  tenantId: z.string(),
  region: RegionId,
  storageRoot: z.string(),
  /** Absent in tasks from before there were any. */
  destination: Destination.nullish(),
  /** W3C trace context of the request that made the job. */
  traceparent: z.string().nullish(),
  /** Of a stream: what this task does of it, and what all its tasks have to know. */
  stream: z
    .object({
      step: StreamStep,
      /** Null for the task that makes the plan. */
      planSha256: Sha256.nullable(),
      /** Its share of the job's work, 0 to 1. */
      weight: z.number(),
      runnerLabels: z.array(z.string()),
      /** Of a chunk: which renditions it takes of another stream, that was made by this plan. */
      reused: z.object({ jobId: JobId, planSha256: Sha256, renditions: z.array(ReusedRendition).min(1) }).optional(),
    })
    .optional(),
  inputs: z.array(
    z.object({
      role: InputRole,
      /** Whose bucket it lies in; absent in tasks from before it could be another than the task's own. */
      region: RegionId.optional(),
      storageKey: z.string(),
      bytes: z.int(),
      etag: z.string(),
      contentType: z.string(),
      /** Of what is measured or reused: its name among the title's files. */
      name: z.string().optional(),
    }),
  ),
});
export type TaskPayload = z.infer<typeof TaskPayload>;
export type StreamTask = NonNullable<TaskPayload["stream"]>;

/** A plan is read within seconds: next to nothing of the whole. */
export const planWeight = 0.02;

/** The task that a job begins with: its only one, but for a stream, whose plan tells what the others are. */
export function taskOfJob(settings: Settings, job: JobRow, inputs: readonly InputAsset[]): NewTask {
  const payload: TaskPayload = {
    run: job.run,
    spec: job.spec,
    hardware: job.hardware,
    timeoutSeconds: settings.jobTimeoutSeconds,
    tenantId: job.tenantId,
    region: job.region,
    storageRoot: job.storageRoot,
    ...(job.destination !== null && { destination: job.destination }),
    ...(job.traceparent !== null && { traceparent: job.traceparent }),
    ...(job.kind === "stream" && {
      stream: { step: { kind: "plan" }, planSha256: null, weight: planWeight, runnerLabels: job.runnerLabels },
    }),
    inputs: inputs.map(({ role, asset: { region, storageKey, bytes, etag, contentType } }) => ({
      role,
      region,
      storageKey,
      bytes,
      etag: etag ?? "",
      contentType,
    })),
  };
  return {
    taskId: taskIdOf(job.id, job.shard),
    needs: capabilitiesFor(job.spec, job.hardware, job.runnerLabels),
    recipe: job.preset ?? job.kind,
    ...(job.kind === "stream" && { part: "plan" }),
    payload: JSON.stringify(payload),
  };
}
