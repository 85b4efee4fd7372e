import type {
  OutputMultipart,
  OutputMultipartCompleted,
  OutputMultipartCompleteRequest,
  OutputMultipartRequest,
} from "@reelway/shared/contracts/grant";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { completionFailure, withBucket } from "../storage/bucket.ts";
import { contentMd5 } from "../storage/content-md5.ts";
import { presign } from "../storage/presign.ts";
import { bytesOf, outputBytesMax, refuseTooMany } from "./output-bytes.ts";
import { grantMs, refuseTypes } from "./output-grants.ts";
import type { LeaseClaims } from "./token.ts";

/**
 * Opens a multipart upload below the lease's prefix, or goes on with one, and grants the parts asked for: bound to size
 * and MD5. Parts take no `if-none-match`; the upload as a whole is written once, when it is completed.
 */
export async function grantMultipart(
  env: Env,
  settings: Settings,
  claims: LeaseClaims,
  { name, contentType, uploadId: known, parts }: OutputMultipartRequest,
  now: number,
): Promise<OutputMultipart> {
  refuseTypes([{ path: "contentType", contentType }]);
  refuseTooMany(bytesOf(parts), outputBytesMax(settings, claims));
  const key = claims.prefix + name;
  const uploadId = known ?? (await open(env, claims, key, contentType));
  const granted = parts.map(async ({ partNumber, bytes, md5 }) => ({
    partNumber,
    request: await presign(settings, {
      method: "PUT",
      region: claims.region,
      key,
      query: { partNumber: String(partNumber), uploadId },
      headers: { "content-length": String(bytes), "content-md5": contentMd5(md5) },
      expiresInMs: grantMs(claims, now),
    }),
  }));
  return { uploadId, parts: await Promise.all(granted) };
}

async function open(env: Env, { region }: LeaseClaims, key: string, contentType: string): Promise<string> {
  const upload = await withBucket(env, region, (bucket) =>
    bucket.createMultipartUpload(key, { httpMetadata: { contentType } }),
  );
  return upload.uploadId;
}

/**
 * Puts the parts together. An object that is there already is left as it is: the answer to an earlier call was lost, or
 * somebody tries to write it twice, and the manifest's check tells the two apart. One that came out too large is deleted.
 * Throws `output_refused`.
 */
export function completeMultipart(
  env: Env,
  settings: Settings,
  claims: LeaseClaims,
  { name, uploadId, parts }: OutputMultipartCompleteRequest,
): Promise<OutputMultipartCompleted> {
  const key = claims.prefix + name;
  const bytesMax = outputBytesMax(settings, claims);
  return withBucket(env, claims.region, async (bucket) => {
    const there = await bucket.head(key);
    if (there) return { etag: there.etag };
    const { etag, size } = await joined(bucket.resumeMultipartUpload(key, uploadId), parts, name);
    if (size > bytesMax) await bucket.delete(key);
    refuseTooMany(size, bytesMax);
    return { etag };
  });
}

async function joined(upload: R2MultipartUpload, parts: R2UploadedPart[], name: string): Promise<R2Object> {
  try {
    return await upload.complete(parts);
  } catch (error) {
    if (completionFailure(error) === "unavailable") throw error;
    throw new ReelwayError("output_refused", `${name}: the storage refused the parts`, { cause: error });
  }
}
