import type { AssetRequest } from "@reelway/shared/contracts/asset";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId, randomKeySegment } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import type { z } from "zod";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { Settings } from "../settings.ts";
import { withBucket } from "../storage/bucket.ts";
import { findAsset, insertAsset } from "../store/assets.ts";
import type { AssetRow } from "../store/rows.ts";
import { isMultipart, partBytesFor } from "./upload-plan.ts";

export interface AssetCreation {
  readonly tenantId: string;
  readonly wanted: z.output<typeof AssetRequest>;
  /** Used when the request names none. */
  readonly nearestRegion: RegionId;
  readonly request: IdempotentRequest | undefined;
  readonly now: number;
}

/**
 * Announces a file: its row, and for a large one its multipart upload.
 * Throws `upload_too_large`, `too_many_uploads`, `storage_unavailable`.
 */
export async function createAsset(
  env: Env,
  settings: Settings,
  creation: AssetCreation,
): Promise<{ asset: AssetRow; replayed: boolean }> {
  const { tenantId, wanted, request, now } = creation;
  if (wanted.bytes > settings.maxUploadBytes)
    throw new ReelwayError("upload_too_large", `At most ${settings.maxUploadBytes} bytes are taken`);
  const asset = await openUpload(env, newAsset(creation));
  const claim = request && { ...request, resourceId: asset.id, createdAt: now };
  const { stored, holder } = await insertAsset(env, asset, claim).catch(async (error: unknown) => {
    await abandonUpload(env, asset);
    throw error;
  });
  if (stored) return { asset, replayed: false };

  await abandonUpload(env, asset);
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined)
    throw new ReelwayError("too_many_uploads", `At most ${limits.openUploadsPerTenant} multipart uploads may be open`);
  const existing = await findAsset(env, tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { asset: existing, replayed: true };
}

function newAsset({ tenantId, wanted, nearestRegion, now }: AssetCreation): AssetRow {
  const region = wanted.region ?? nearestRegion;
  return {
    id: newRegionalId("ast", region),
    tenantId,
    region,
    name: wanted.name,
    contentType: wanted.contentType,
    bytes: wanted.bytes,
    md5: wanted.md5 ?? null,
    storageKey: `t/${tenantId}/${randomKeySegment()}/source`,
    state: "uploading",
    etag: null,
    uploadId: null,
    partBytes: null,
    createdAt: now,
    completedAt: null,
    source: null,
    fetchJobId: null,
    error: null,
    batchId: null,
    deletedAt: null,
    erasedAt: null,
  };
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
