import type { JobError } from "@reelway/shared/contracts/job-error";
import { limits } from "@reelway/shared/limits";
import { and, desc, eq, lt, ne, type SQL, sql } from "drizzle-orm";
import { type AuditEntry, auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { uploadEnded } from "../events/new-event.ts";
import { dayOf } from "../usage/days.ts";
import { insertAudit } from "./audit-log.ts";
import { countClaim, selectBudget, withinBudget } from "./budgets.ts";
import { databaseOf } from "./database.ts";
import { insertEvent } from "./events.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { AssetPartRow, AssetRow } from "./rows.ts";
import { scheduleAssetSweep } from "./schedule-asset-sweep.ts";
import { assetParts, assets } from "./schema.ts";

/**
 * Stores a new upload within the tenant's bound of open multipart uploads and the day's budget of bytes, and under the
 * idempotency key if there is one.
 */
export async function insertAsset(env: Env, asset: AssetRow, audit: AuditEntry, claim?: IdempotencyRow) {
  const database = databaseOf(env);
  const [on, claims] = [{ tenantId: asset.tenantId, day: dayOf(asset.createdAt) }, { bytes: asset.bytes }];
  const isOpen = asset.uploadId === null ? sql`true` : belowOpenUploads(asset.tenantId);
  const allowed = sql`(${isOpen} AND ${withinBudget(on, claims)})`;
  const left = selectBudget(database, on, claims);
  const own = database.select({ id: assets.id }).from(assets).where(ofTenant(asset.tenantId, asset.id));
  const isStored = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${ofTenant(asset.tenantId, asset.id)})`;
  const audited = insertAudit(database, audit, isStored);
  const counted = countClaim(database, on, claims, isStored);
  if (!claim) {
    const insert = insertWhere(database, assets, asset, allowed);
    const [[budget], , stored] = await database.batch([left, insert, own, audited, counted]);
    return { stored: stored.length > 0, budget, holder: undefined };
  }
  const [[budget], , , stored, [holder]] = await database.batch([
    left,
    claimKey(database, claim, allowed),
    insertWhere(database, assets, asset, holdsKey(claim)),
    own,
    keyHolder(database, claim),
    audited,
    counted,
  ]);
  return { stored: stored.length > 0, budget, holder };
}

/** The `+` has the uploads under way counted by their own index, and not by that of all that the tenant has. */
function belowOpenUploads(tenantId: string): SQL {
  return sql`(SELECT count(*) FROM ${assets} WHERE +${assets.tenantId} = ${tenantId} AND ${assets.state} = 'uploading'
    AND ${assets.uploadId} IS NOT NULL) < ${limits.openUploadsPerTenant}`;
}

export async function findAsset(env: Env, tenantId: string, id: string): Promise<AssetRow | undefined> {
  const [row] = await databaseOf(env).select().from(assets).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** The asset with the parts of its upload that have been reported, by number: one round trip. */
export async function findAssetWithParts(env: Env, tenantId: string, id: string) {
  const database = databaseOf(env);
  const [[asset], parts] = await database.batch([
    database.select().from(assets).where(ofTenant(tenantId, id)),
    database
      .select({ partNumber: assetParts.partNumber, etag: assetParts.etag, md5: assetParts.md5 })
      .from(assetParts)
      .innerJoin(assets, eq(assets.id, assetParts.assetId))
      .where(ofTenant(tenantId, id))
      .orderBy(assetParts.partNumber),
  ]);
  return { asset, parts };
}

/** Newest first, without deleted ones, after the asset with this id. */
export function listAssets(env: Env, tenantId: string, afterId: string | undefined, limit: number) {
  const after = afterId === undefined ? undefined : lt(assets.id, afterId);
  return databaseOf(env)
    .select()
    .from(assets)
    .where(and(eq(assets.tenantId, tenantId), ne(assets.state, "deleted"), after))
    .orderBy(desc(assets.id))
    .limit(limit);
}

/** Keeps the ETag of an uploaded part; whether the upload is still open. A repeat replaces. */
export async function putPart(env: Env, tenantId: string, { assetId: id, partNumber, etag, md5 }: AssetPartRow) {
  const open = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${and(ofTenant(tenantId, id), isUploading())})`;
  const stored = await insertWhere(databaseOf(env), assetParts, { assetId: id, partNumber, etag, md5 }, open)
    .onConflictDoUpdate({ target: [assetParts.assetId, assetParts.partNumber], set: { etag, md5 } })
    .returning({ partNumber: assetParts.partNumber });
  return stored.length > 0;
}

/** The upload has ended well; false when it had ended before. Its parts are no longer needed. */
export async function markReady(
  env: Env,
  asset: AssetRow,
  etag: string,
  now: number,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const isOpen = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${and(ofTenant(asset.tenantId, asset.id), isUploading())})`;
  const [, , ended] = await database.batch([
    insertEvent(database, await uploadEnded(asset, "asset.ready", now), isOpen),
    insertAudit(database, audit, isOpen),
    database
      .update(assets)
      .set({ state: "ready", etag, completedAt: now })
      .where(and(ofTenant(asset.tenantId, asset.id), isUploading()))
      .returning({ id: assets.id }),
    database.delete(assetParts).where(eq(assetParts.assetId, asset.id)),
  ]);
  return ended.length > 0;
}

/** The upload has ended badly, and its bytes will be swept; false when it had ended before. */
export async function markFailed(
  env: Env,
  asset: AssetRow,
  now: number,
  error: JobError,
  audit = auditOfSystem({ action: "asset.fail", resource: asset.id, tenantId: asset.tenantId }),
): Promise<boolean> {
  const database = databaseOf(env);
  const open = and(ofTenant(asset.tenantId, asset.id), isUploading());
  const isOpen = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${open})`;
  const event = await uploadEnded(asset, "asset.failed", now);
  const [, , , ended] = await database.batch([
    scheduleAssetSweep(database, asset, now, isOpen),
    insertEvent(database, { ...event, data: { ...event.data, error } }, isOpen),
    insertAudit(database, audit, isOpen),
    database.update(assets).set({ state: "failed", error }).where(open).returning({ id: assets.id }),
    database.delete(assetParts).where(eq(assetParts.assetId, asset.id)),
  ]);
  return ended.length > 0;
}

/** Uploads of all tenants that were begun before this and never completed, oldest first. */
export function listStaleUploads(env: Env, before: number, limit: number): Promise<AssetRow[]> {
  return databaseOf(env)
    .select()
    .from(assets)
    .where(and(sql`${assets.state} = 'uploading'`, lt(assets.createdAt, before)))
    .orderBy(assets.createdAt)
    .limit(limit);
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(assets.tenantId, tenantId), eq(assets.id, id));
}

function isUploading() {
  return eq(assets.state, "uploading");
}
