import { newRegionalId } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import type { JobOrigin } from "../jobs/new-job.ts";
import { newStorageRoot } from "../storage/storage-root.ts";
import type { AssetRow } from "../store/rows.ts";

/** What an upload and a fetch differ in. */
type OwnColumns = Pick<AssetRow, "name" | "contentType" | "bytes" | "state"> &
  Partial<Pick<AssetRow, "md5" | "source" | "fetchJobId" | "batchId">>;

/** The row of an asset whose bytes are yet to come. */
export function newAsset(
  { tenantId, now }: Pick<JobOrigin, "tenantId" | "now">,
  region: RegionId,
  own: OwnColumns,
): AssetRow {
  return {
    id: newRegionalId("ast", region),
    tenantId,
    region,
    md5: null,
    storageKey: `${newStorageRoot(tenantId)}/source`,
    source: null,
    fetchJobId: null,
    error: null,
    batchId: null,
    etag: null,
    uploadId: null,
    partBytes: null,
    createdAt: now,
    completedAt: null,
    deletedAt: null,
    erasedAt: null,
    ...own,
  };
}
