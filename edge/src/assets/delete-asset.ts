import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { withBucket } from "../storage/bucket.ts";
import { findAsset, markDeleted } from "../store/assets.ts";
import type { AssetRow } from "../store/rows.ts";

/** Deletes an asset and its bytes; a repeat is no error. Throws `asset_in_use` while a job reads it. */
export async function deleteAsset(env: Env, tenantId: string, id: string, now: number): Promise<void> {
  const asset = await findAsset(env, tenantId, id);
  if (!asset) throw new ReelwayError("not_found");
  // The row first: from here on no job can begin on it.
  if (!(await markDeleted(env, asset, now))) throw new ReelwayError("asset_in_use");
  await deleteBytes(env, asset);
}

/** Ends the upload if there is one and removes the object if there is one. May be repeated. */
export function deleteBytes(env: Env, { region, storageKey, uploadId }: AssetRow): Promise<void> {
  return withBucket(env, region, async (bucket) => {
    if (uploadId !== null)
      await bucket
        .resumeMultipartUpload(storageKey, uploadId)
        .abort()
        // It was completed or aborted before.
        .catch(() => undefined);
    await bucket.delete(storageKey);
  });
}
