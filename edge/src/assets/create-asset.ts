import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { partBytesFor } from "@reelway/shared/part-bytes";
import type { Env } from "../env.ts";
import { replayedId } from "../http/idempotency.ts";
import type { Planner } from "../jobs/plan-jobs.ts";
import { placeAsset } from "../regions/place.ts";
import { withBucket } from "../storage/bucket.ts";
import { findAsset, insertAsset } from "../store/assets.ts";
import type { AssetRow } from "../store/rows.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";
import type { AssetCreation, CreatedAsset } from "./asset-creation.ts";
import { createFetchedAsset } from "./create-fetched-asset.ts";
import { newAsset } from "./new-asset.ts";
import { isMultipart } from "./upload-plan.ts";

/**
 * Announces a file: its row, and for a large one its multipart upload; or has it fetched. Throws `upload_too_large`,
 * `too_many_uploads`, `budget_exhausted`, `storage_unavailable`, `source_forbidden`, `invalid_request`, `region_unavailable`.
 */
export async function createAsset(planner: Planner, creation: AssetCreation): Promise<CreatedAsset> {
  const { env, settings, origin, place } = planner;
  const { tenantId, now } = origin;
  const { wanted } = creation;
  if ((wanted.bytes ?? 0) > settings.maxUploadBytes)
    throw new ReelwayError("upload_too_large", `At most ${settings.maxUploadBytes} bytes are taken`);
  const region = await placeAsset(env, settings, { tenantId, wanted: wanted.region, place, now });
  const { bytes, name, contentType, md5 = null } = wanted;
  if (bytes === undefined || name === undefined) return createFetchedAsset(planner, creation, region);
  const announced = newAsset(origin, region, { name, contentType, bytes, md5, state: "uploading" });
  const uploaded = await createUpload(env, announced, creation, now);
  return { ...uploaded, dispatch: [] };
}

async function createUpload(
  env: Env,
  announced: AssetRow,
  { request, audit }: AssetCreation,
  now: number,
): Promise<{ asset: AssetRow; replayed: boolean }> {
  const asset = await openUpload(env, announced);
  const claim = request && { ...request, resourceId: asset.id, createdAt: now };
  const entry = audit({ action: "asset.create", resource: asset.id });
  const { stored, budget, holder } = await insertAsset(env, asset, entry, claim).catch(async (error: unknown) => {
    await abandonUpload(env, asset);
    throw error;
  });
  if (stored) return { asset, replayed: false };

  await abandonUpload(env, asset);
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined) refuseBeyondBudget(budget, now);
  if (existingId === undefined)
    throw new ReelwayError("too_many_uploads", `At most ${limits.openUploadsPerTenant} multipart uploads may be open`);
  const existing = await findAsset(env, asset.tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { asset: existing, replayed: true };
}

async function openUpload(env: Env, asset: AssetRow): Promise<AssetRow> {
  if (!isMultipart(asset.bytes)) return asset;
  const { uploadId } = await withBucket(env, asset.region, (bucket) => bucket.createMultipartUpload(asset.storageKey));
  return { ...asset, uploadId, partBytes: partBytesFor(asset.bytes) };
}

/** Nobody will use it. What can't be aborted now ends by the bucket's own lifecycle rule. */
async function abandonUpload(env: Env, { region, storageKey, uploadId }: AssetRow): Promise<void> {
  if (uploadId === null) return;
  await withBucket(env, region, (bucket) => bucket.resumeMultipartUpload(storageKey, uploadId).abort()).catch(
    () => undefined,
  );
}
