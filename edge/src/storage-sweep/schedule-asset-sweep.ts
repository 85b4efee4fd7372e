import { limits } from "@reelway/shared/limits";
import type { SQL } from "drizzle-orm";
import type { Database } from "../store/database.ts";
import { insertWhere } from "../store/insert-where.ts";
import type { AssetRow } from "../store/rows.ts";
import { storageSweeps } from "../store/schema.ts";

/**
 * Plans to delete an asset's bytes once no upload URL of it holds any more: whoever has one may put them there again
 * until then. For the batch that ends the asset, before the statement that does; `condition` is that statement's own.
 */
export function scheduleAssetSweep(database: Database, asset: AssetRow, now: number, condition: SQL) {
  const { storageKey, region, uploadId } = asset;
  const dueAt = now + limits.uploadGrantMs + limits.grantSlackMs;
  const sweep = { prefix: storageKey, region, keepPrefix: null, uploadId, dueAt, passes: 0 };
  return insertWhere(database, storageSweeps, sweep, condition).onConflictDoNothing();
}
