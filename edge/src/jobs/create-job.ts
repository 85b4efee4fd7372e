import type { JobRequest } from "@reelway/shared/contracts/job";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId, regionOf } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { shardFor } from "@reelway/shared/shards";
import type { z } from "zod";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { Settings } from "../settings.ts";
import { insertJob, type KeyedJob } from "../store/jobs.ts";
import type { InputAsset, JobRow } from "../store/rows.ts";
import { inputReferences, resolveInputs } from "./job-inputs.ts";
import { type ResolvedSpec, resolveSpec } from "./resolve-spec.ts";
import { newStorageRoot } from "./storage-root.ts";

export interface JobCreation {
  readonly tenantId: string;
  readonly wanted: z.output<typeof JobRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly now: number;
}

export interface CreatedJob {
  readonly job: JobRow;
  readonly replayed: boolean;
  /** What is to be handed to the queue now; undefined for a replay. */
  readonly dispatch: { readonly outboxId: number; readonly inputs: InputAsset[] } | undefined;
}

/**
 * Accepts a job, in one round trip to D1. When it returns, the job is stored with the outbox row that will bring it to its
 * queue, whatever dies. Throws `invalid_request`, `not_found`, `asset_not_ready`, `idempotency_mismatch`.
 */
export async function createJob(
  env: Env,
  settings: Settings,
  { tenantId, wanted, request, now }: JobCreation,
): Promise<CreatedJob> {
  refuseFarStart(wanted.startAt, now);
  const resolved = resolveSpec(wanted);
  const references = inputReferences(wanted.assetId, resolved.spec);
  const assetIds = references.map(({ assetId }) => assetId);

  const job = newJob(settings, tenantId, wanted, resolved, now);
  const claim = request && { ...request, resourceId: job.id, createdAt: now };
  const stored = await insertJob(env, job, assetIds, claim);
  const before = stored.outboxId === undefined ? replayOf(request, stored) : undefined;
  if (before) return before;
  // Where nothing was stored, this says why.
  const inputs = resolveInputs(references, stored.assets, resolved.path);
  if (stored.outboxId === undefined) throw new ReelwayError("not_found", "There is no such asset");
  return { job, replayed: false, dispatch: { outboxId: stored.outboxId, inputs } };
}

function refuseFarStart(startAt: number | undefined, now: number): void {
  if (startAt === undefined || startAt <= now + limits.startDelayMs) return;
  const message = `must be within ${limits.startDelayMs / 86_400_000} days`;
  throw new ReelwayError("invalid_request", undefined, { errors: [{ path: "startAt", message }] });
}

function replayOf(request: IdempotentRequest | undefined, { holder, job }: KeyedJob): CreatedJob | undefined {
  if (!request || replayedId(request, holder) === undefined) return undefined;
  if (!job) throw new ReelwayError("not_found");
  return { job, replayed: true, dispatch: undefined };
}

function newJob(
  settings: Settings,
  tenantId: string,
  wanted: z.output<typeof JobRequest>,
  { spec, preset }: ResolvedSpec,
  now: number,
): JobRow {
  const region = regionOf(wanted.assetId);
  const id = newRegionalId("job", region);
  return {
    id,
    tenantId,
    assetId: wanted.assetId,
    region,
    shard: shardFor(id, region, settings.queueShards),
    kind: spec.kind,
    preset,
    spec,
    state: "queued",
    priority: wanted.priority,
    startAt: wanted.startAt ?? null,
    hardware: wanted.hardware,
    runnerLabels: [...new Set(wanted.runnerLabels)],
    tags: [...new Set(wanted.tags)],
    metadata: wanted.metadata,
    webhookUrl: null,
    destination: null,
    batchId: null,
    awaitsSource: false,
    createdBy: null,
    traceparent: null,
    storageRoot: newStorageRoot(tenantId),
    run: 1,
    attempt: 0,
    error: null,
    manifest: null,
    channelSince: null,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
    discardedAt: null,
    outputsErasedAt: null,
  };
}
