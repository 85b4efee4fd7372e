import type { EventData, EventType } from "@reelway/shared/contracts/event";
import type { NewEvent } from "../store/events.ts";
import type { AssetRow, JobRow } from "../store/rows.ts";
import { eventId } from "./event-id.ts";

/** The event that a job was accepted. */
export async function jobCreated(job: JobRow): Promise<NewEvent> {
  const { id: jobId, tenantId, createdAt: at } = job;
  return { id: await eventId(at, `${jobId}:created`), tenantId, type: "job.created", at, jobId, data: dataOfJob(job) };
}

/** The event that a job was cancelled of which no queue knows: its run ended here. */
export async function jobCanceled(job: JobRow, at: number): Promise<NewEvent> {
  const { id: jobId, tenantId, run } = job;
  const id = await eventId(at, `${jobId}:${run}:canceled`);
  return { id, tenantId, type: "job.canceled", at, jobId, data: { ...dataOfJob(job), state: "canceled" } };
}

/** The event that an upload has ended. */
export async function uploadEnded(asset: AssetRow, type: EventType & `asset.${string}`, at: number): Promise<NewEvent> {
  const { id: assetId, tenantId, region, bytes } = asset;
  const data: EventData = { assetId, region, bytes, state: type.slice("asset.".length) };
  return { id: await eventId(at, `${assetId}:${type}`), tenantId, type, at, jobId: null, data };
}

/** What events tell of a job. */
export function dataOfJob(job: JobRow): EventData {
  return {
    jobId: job.id,
    assetId: job.assetId,
    ...(job.batchId === null ? {} : { batchId: job.batchId }),
    kind: job.kind,
    ...(job.preset === null ? {} : { preset: job.preset }),
    region: job.region,
    run: job.run,
    attempt: job.attempt,
    state: job.state,
    tags: job.tags,
    metadata: job.metadata,
  };
}
