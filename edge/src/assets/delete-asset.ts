import type { AssetErasure } from "@reelway/shared/contracts/erasure";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { eraseOutputs } from "../retention/erase-outputs.ts";
import { abortUpload, withBucket } from "../storage/bucket.ts";
import { type Erased, eraseAll } from "../storage-sweep/erase-below.ts";
import { findAsset } from "../store/assets.ts";
import { listJobsWithOutputs, markAssetDeleted, markAssetErased } from "../store/erasures.ts";
import type { AssetRow } from "../store/rows.ts";
import { writableUntil } from "../store/schedule-asset-sweep.ts";

export interface AssetDeletion {
  readonly tenantId: string;
  readonly id: string;
  /** What its jobs made goes too. */
  readonly outputs: boolean;
  readonly leaseMs: number;
  readonly audit: AuditEntry;
  readonly now: number;
}

/**
 * Deletes an asset and all its bytes, and says so; a repeat looks again. Throws `not_found`, `asset_in_use` while a job
 * reads it, `storage_unavailable` when it is deleted but its bytes are yet to be swept.
 */
export async function deleteAsset(env: Env, deletion: AssetDeletion): Promise<AssetErasure> {
  const { tenantId, id, audit, now } = deletion;
  const asset = await findAsset(env, tenantId, id);
  if (!asset) throw new ReelwayError("not_found");
  // The rows first: from here on no job can begin on it, and the sweep goes on with what this call does not get to.
  if (!(await markAssetDeleted(env, asset, audit, now))) throw new ReelwayError("asset_in_use");
  const outputs = deletion.outputs ? await eraseOutputsOf(env, deletion) : null;
  return { assetId: id, ...(await eraseSource(env, asset, now)), outputs };
}

/** The asset alone, unless a job reads it. Throws `storage_unavailable`; then the sweep goes on. */
export async function expireAsset(env: Env, asset: AssetRow, audit: AuditEntry, now: number): Promise<void> {
  if (await markAssetDeleted(env, asset, audit, now)) await eraseSource(env, asset, now);
}

async function eraseSource(env: Env, asset: AssetRow, now: number) {
  const erased = await deleteBytes(env, asset);
  const until = writableUntil(asset, now);
  if (asset.erasedAt !== null) return { ...erased, erasedAt: asset.erasedAt, pendingUntil: null };
  if (until > now) return { ...erased, erasedAt: null, pendingUntil: until };
  await markAssetErased(env, asset.id, now);
  return { ...erased, erasedAt: now, pendingUntil: null };
}

/** Ends the upload if there is one, removes the object if there is one, and sees that nothing is left. May be repeated. */
export function deleteBytes(env: Env, { region, storageKey, uploadId }: AssetRow): Promise<Erased> {
  return withBucket(env, region, async (bucket) => {
    if (uploadId !== null) await abortUpload(bucket, storageKey, uploadId);
    return eraseAll(bucket, storageKey);
  });
}

async function eraseOutputsOf(env: Env, { tenantId, id, leaseMs, audit, now }: AssetDeletion) {
  const { rows, count } = await listJobsWithOutputs(env, tenantId, id, limits.erasuresPerRequest);
  const { jobs, objects, bytes, pendingUntil } = await eraseOutputs(env, rows, { leaseMs, audit, now });
  const remainingJobs = count - rows.length;
  const isDone = pendingUntil === null && remainingJobs === 0;
  return { jobs, remainingJobs, objects, bytes, erasedAt: isDone ? now : null, pendingUntil };
}
