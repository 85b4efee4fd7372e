import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RegionId } from "@reelway/shared/regions";
import { bucketOf, type Env } from "../env.ts";

/** R2's own numbers in a binding's error text, such as `(10025)`. */
const INVALID_PARTS = ["10025", "10011", "10048", "10010"];
const NO_SUCH_UPLOAD = "10024";

/** Runs storage work; whatever the bucket throws becomes `storage_unavailable`, which may be tried again. */
export async function withBucket<T>(env: Env, region: RegionId, work: (bucket: R2Bucket) => Promise<T>): Promise<T> {
  try {
    return await work(bucketOf(env, region));
  } catch (cause) {
    if (cause instanceof ReelwayError) throw cause;
    throw new ReelwayError("storage_unavailable", undefined, { cause });
  }
}

/** Why completing a multipart upload failed: bad parts are for ever, a missing upload may have been completed before. */
export function completionFailure(error: unknown): "invalid_parts" | "no_such_upload" | "unavailable" {
  const [, number] = /\((\d{5})\)/.exec(error instanceof Error ? error.message : "") ?? [];
  if (number === NO_SUCH_UPLOAD) return "no_such_upload";
  return number !== undefined && INVALID_PARTS.includes(number) ? "invalid_parts" : "unavailable";
}

/** Gives up the parts of a multipart upload; one that was completed or aborted before is no error. */
export async function abortUpload(bucket: R2Bucket, key: string, uploadId: string): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(key, uploadId).abort();
  } catch (error) {
    if (completionFailure(error) !== "no_such_upload") throw error;
  }
}
