import { capabilitiesFor } from "@reelway/shared/contracts/capability";
import { HardwareUse } from "@reelway/shared/contracts/job";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import { taskIdOf } from "@reelway/shared/ids";
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
  inputs: z.array(
    z.object({
      role: z.enum(["source", "watermark", "subtitles"]),
      storageKey: z.string(),
      bytes: z.int(),
      etag: z.string(),
      contentType: z.string(),
    }),
  ),
});
export type TaskPayload = z.infer<typeof TaskPayload>;

/** A job is one task for now. */
export function taskOfJob(settings: Settings, job: JobRow, inputs: readonly InputAsset[]): NewTask {
  const payload: TaskPayload = {
    run: job.run,
    spec: job.spec,
    hardware: job.hardware,
    timeoutSeconds: settings.jobTimeoutSeconds,
    tenantId: job.tenantId,
    region: job.region,
    storageRoot: job.storageRoot,
    inputs: inputs.map(({ role, asset: { storageKey, bytes, etag, contentType } }) => ({
      role,
      storageKey,
      bytes,
      etag: etag ?? "",
      contentType,
    })),
  };
  return {
    taskId: taskIdOf(job.id, job.shard),
    needs: capabilitiesFor(job.spec, job.hardware, job.runnerLabels),
    payload: JSON.stringify(payload),
  };
}
