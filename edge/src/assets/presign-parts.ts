import type { PartUrls, WantedPart } from "@reelway/shared/contracts/asset";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { invalidField } from "../http/invalid-field.ts";
import type { Settings } from "../settings.ts";
import type { AssetRow } from "../store/rows.ts";
import { presignPart } from "./presign-upload.ts";
import { partCountOf } from "./upload-plan.ts";

/** Presigned PUTs for these parts of an open multipart upload. Throws `illegal_move` when it is none. */
export async function presignParts(
  settings: Settings,
  asset: AssetRow,
  parts: readonly WantedPart[],
): Promise<PartUrls> {
  const open = openMultipart(asset);
  const count = partCountOf(open.bytes, open.partBytes);
  const unknown = parts.findIndex(({ partNumber }) => partNumber > count);
  if (unknown >= 0) throw invalidField(`parts.${unknown}`, `the upload has ${count} parts`);
  const presigned = parts.map(async (part) => ({
    partNumber: part.partNumber,
    request: await presignPart(settings, open, part),
  }));
  return { parts: await Promise.all(presigned) };
}

/** The asset as an open multipart upload. Throws `illegal_move` when it is none. */
export function openMultipart(asset: AssetRow): AssetRow & { uploadId: string; partBytes: number } {
  const { uploadId, partBytes } = asset;
  if (asset.state !== "uploading") throw new ReelwayError("illegal_move", `The asset is ${asset.state}`);
  if (uploadId === null || partBytes === null)
    throw new ReelwayError("illegal_move", "The asset is uploaded by a single PUT");
  return { ...asset, uploadId, partBytes };
}
