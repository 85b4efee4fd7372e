import { limits } from "@reelway/shared/limits";
import type { SQL } from "drizzle-orm";
import type { Database } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { AssetRow } from "./rows.ts";
import { storageSweeps } from "./schema.ts";

/**
 * Until when somebody who was given an upload URL of the asset may still be writing with it: URLs were made until its
 * upload ended, and a PUT that began in time may end an hour later. 0: nobody may, as with parts of an upload that is
 * given up.
 */
export function writableUntil(asset: AssetRow, now: number): number {
  if (asset.uploadId !== null) return 0;
  const lastUrlAt = asset.completedAt ?? asset.deletedAt ?? now;
  return lastUrlAt + limits.uploadGrantMs + limits.grantSlackMs + limits.storageSweepAgainMs;
}

/**
 * Plans to delete an asset's bytes once no upload URL of it holds any more: whoever has one may put them there again
 * until then. For the batch that ends the asset, before the statement that does; `condition` is that statement's own.
 */
export function scheduleAssetSweep(database: Database, asset: AssetRow, now: number, condition: SQL) {
  const { storageKey, region, uploadId, id: assetId } = asset;
  const dueAt = Math.max(now, writableUntil(asset, now) - limits.storageSweepAgainMs);
  const sweep = { prefix: storageKey, region, keepPrefix: null, uploadId, assetId, dueAt, passes: 0 };
  return insertWhere(database, storageSweeps, sweep, condition).onConflictDoNothing();
}
