import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry, Auditor } from "../audit/audit-entry.ts";
import { fromHex, toHex } from "../encoding/hex.ts";
import type { Env } from "../env.ts";
import { completionFailure, withBucket } from "../storage/bucket.ts";
import { findAsset, findAssetWithParts, markFailed, markReady } from "../store/assets.ts";
import type { AssetPartRow, AssetRow } from "../store/rows.ts";
import { deleteBytes } from "./delete-asset.ts";
import { openMultipart } from "./presign-parts.ts";
import { partCountOf } from "./upload-plan.ts";

type Part = Pick<AssetPartRow, "partNumber" | "etag" | "md5">;
const PARTS_NAMED = 20;

/**
 * Ends an upload: the object must be in the bucket, and be what was announced. A repeat answers the same.
 * Throws `upload_missing`, `upload_parts_missing`, `upload_mismatch` (the object is deleted), `asset_failed`.
 */
export async function completeAsset(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit: Auditor,
): Promise<AssetRow> {
  const { asset, parts } = await findAssetWithParts(env, tenantId, id);
  if (!asset || asset.state === "deleted") throw new ReelwayError("not_found");
  if (asset.state === "ready") return asset;
  if (asset.state === "failed") throw new ReelwayError("asset_failed");
  if (asset.state === "fetching") throw new ReelwayError("illegal_move", "The asset is fetched, not uploaded");

  const failed = audit({ action: "asset.fail", resource: id });
  const object =
    asset.uploadId === null ? await headObject(env, asset) : await completeMultipart(env, asset, parts, now, failed);
  if (!object) throw new ReelwayError("upload_missing");
  const mismatch = mismatchOf(asset, object, await multipartEtagOf(parts));
  if (mismatch !== undefined) await refuseUpload(env, asset, mismatch, now, failed);
  else await markReady(env, asset, object.etag, now, audit({ action: "asset.complete", resource: id }));
  // Whoever was first decides: another complete, or a delete.
  const ended = await findAsset(env, tenantId, id);
  if (!ended || ended.state === "deleted") throw new ReelwayError("not_found");
  if (ended.state === "failed") throw new ReelwayError("asset_failed");
  return ended;
}

function headObject(env: Env, { region, storageKey }: AssetRow): Promise<R2Object | null> {
  return withBucket(env, region, (bucket) => bucket.head(storageKey));
}

/** The completed object; also when an earlier call completed it and died before it could say so. */
async function completeMultipart(
  env: Env,
  asset: AssetRow,
  reported: readonly Part[],
  now: number,
  failed: AuditEntry,
): Promise<R2Object | null> {
  const open = openMultipart(asset);
  const done = await headObject(env, asset);
  if (done) return done;
  refuseMissingParts(partCountOf(open.bytes, open.partBytes), reported);
  try {
    return await withBucket(env, asset.region, (bucket) =>
      bucket
        .resumeMultipartUpload(open.storageKey, open.uploadId)
        .complete(reported.map(({ partNumber, etag }) => ({ partNumber, etag }))),
    );
  } catch (error) {
    const failure = completionFailure(error instanceof ReelwayError ? error.cause : error);
    if (failure === "unavailable") throw error;
    if (failure === "invalid_parts")
      await refuseUpload(env, asset, "the reported parts are not those in the bucket", now, failed);
    // Another complete has put them together meanwhile.
    return headObject(env, asset);
  }
}

function refuseMissingParts(partCount: number, reported: readonly Part[]): void {
  const known = new Set(reported.map(({ partNumber }) => partNumber));
  const missing = Array.from({ length: partCount }, (_, index) => index + 1).filter((number) => !known.has(number));
  if (missing.length === 0) return;
  const named = missing.slice(0, PARTS_NAMED).join(", ");
  const more = missing.length > PARTS_NAMED ? ` and ${missing.length - PARTS_NAMED} more` : "";
  throw new ReelwayError("upload_parts_missing", `Missing parts: ${named}${more}`);
}

/** A presigned PUT can be turned into a copy of another object, so what lies there is compared with what was announced. */
function mismatchOf(asset: AssetRow, object: R2Object, multipartEtag: string | undefined): string | undefined {
  if (object.size !== asset.bytes) return `the file has ${object.size} bytes, ${asset.bytes} were announced`;
  // A multipart ETag is no MD5 of the file: there the parts' own digests are what was announced.
  const announced = asset.uploadId === null ? asset.md5 : multipartEtag;
  if (announced && object.etag !== announced) return "the file's MD5 is not the announced one";
  return undefined;
}

/** The ETag that an object of these parts has, as S3 and R2 make it; undefined unless the MD5 of each is known. */
async function multipartEtagOf(parts: readonly Part[]): Promise<string | undefined> {
  const digests = parts.flatMap(({ md5 }) => md5 ?? []);
  if (parts.length === 0 || digests.length < parts.length) return undefined;
  const digest = await crypto.subtle.digest("MD5", fromHex(digests.join("")));
  return `${toHex(new Uint8Array(digest))}-${parts.length}`;
}

/**
 * Ends the upload and deletes what lies there; returns where somebody else had ended it before. The row goes first:
 * behind it no other complete can accept anything, so nothing that was accepted is deleted.
 */
async function refuseUpload(env: Env, asset: AssetRow, reason: string, now: number, audit: AuditEntry): Promise<void> {
  const error = { code: "upload_mismatch" as const, message: reason };
  if (!(await markFailed(env, asset, now, error, audit))) return;
  await deleteBytes(env, asset);
  throw new ReelwayError("upload_mismatch", reason);
}
