import type { JobOrder } from "@reelway/shared/contracts/job";
import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import type { Settings } from "../settings.ts";
import { newStorageRoot } from "../storage/storage-root.ts";
import type { JobRow } from "../store/rows.ts";

/** Who asked for a job, and when. */
export interface JobOrigin {
  readonly tenantId: string;
  /** The API key or user. */
  readonly createdBy: string;
  /** W3C trace context of the request. */
  readonly traceparent: string | null;
  readonly now: number;
}

/** What makes an order's spec: resolved before a job is made. */
type Recipe = "preset" | "overrides" | "spec" | "quality";
type Lists = "runnerLabels" | "tags";

/** What the order says of the job, its recipe aside, and what it gets of its own. */
export interface NewJob extends Readonly<Partial<Omit<JobOrder, Recipe | Lists>>> {
  readonly id: string;
  readonly assetId: string;
  readonly region: RegionId;
  readonly spec: JobSpec;
  readonly preset: string | null;
  readonly priority: number;
  readonly runnerLabels?: readonly string[];
  readonly tags?: readonly string[];
  readonly batchId?: string | null;
}

/** The row of a new job, in its first run. */
export function newJob(settings: Settings, { tenantId, createdBy, traceparent, now }: JobOrigin, job: NewJob): JobRow {
  return {
    id: job.id,
    tenantId,
    assetId: job.assetId,
    region: job.region,
    shard: shardFor(job.id, job.region, settings.queueShards),
    kind: job.spec.kind,
    preset: job.preset,
    spec: job.spec,
    state: "queued",
    priority: job.priority,
    startAt: job.startAt ?? null,
    hardware: job.hardware ?? "prefer",
    runnerLabels: [...new Set(job.runnerLabels)],
    tags: [...new Set(job.tags)],
    metadata: { ...job.metadata },
    webhookUrl: job.webhookUrl ?? null,
    destination: job.destination ?? null,
    batchId: job.batchId ?? null,
    awaitsSource: false,
    createdBy,
    traceparent,
    storageRoot: newStorageRoot(tenantId),
    run: 1,
    attempt: 0,
    error: null,
    manifest: null,
    channelSince: null,
    createdAt: now,
    startedAt: null,
    playableAt: null,
    finishedAt: null,
    updatedAt: now,
    discardedAt: null,
    outputsErasedAt: null,
    outputBytes: 0,
  };
}
