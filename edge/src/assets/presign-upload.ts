import type { PresignedRequest, Upload, WantedPart } from "@reelway/shared/contracts/asset";
import { limits } from "@reelway/shared/limits";
import type { Settings } from "../settings.ts";
import { contentMd5 } from "../storage/content-md5.ts";
import { presign } from "../storage/presign.ts";
import type { AssetRow } from "../store/rows.ts";
import { bytesOfPart, partCountOf } from "./upload-plan.ts";

/** How the bytes of an asset get into the bucket; null when it takes none any more. */
export async function uploadOf(settings: Settings, asset: AssetRow): Promise<Upload | null> {
  if (asset.state !== "uploading") return null;
  if (asset.partBytes === null) return { kind: "single", request: await presignSingle(settings, asset) };
  const { partBytes, bytes } = asset;
  return { kind: "multipart", partBytes, partCount: partCountOf(bytes, partBytes) };
}

/** One PUT, bound to size and type, to an object that does not exist yet, and to the MD5 when the caller told it. */
function presignSingle(settings: Settings, asset: AssetRow): Promise<PresignedRequest> {
  return presign(settings, {
    method: "PUT",
    region: asset.region,
    key: asset.storageKey,
    headers: {
      "content-length": String(asset.bytes),
      "content-type": asset.contentType,
      "if-none-match": "*",
      ...(asset.md5 === null ? {} : { "content-md5": contentMd5(asset.md5) }),
    },
    expiresInMs: limits.uploadGrantMs,
  });
}

/** One UploadPart, bound to the part's exact size, and to its MD5 when the caller told it. */
export function presignPart(
  settings: Settings,
  asset: AssetRow & { uploadId: string; partBytes: number },
  { partNumber, md5 }: WantedPart,
): Promise<PresignedRequest> {
  return presign(settings, {
    method: "PUT",
    region: asset.region,
    key: asset.storageKey,
    headers: {
      "content-length": String(bytesOfPart(asset.bytes, asset.partBytes, partNumber)),
      ...(md5 === undefined ? {} : { "content-md5": contentMd5(md5) }),
    },
    query: { partNumber: String(partNumber), uploadId: asset.uploadId },
    expiresInMs: limits.uploadGrantMs,
  });
}
