import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { ApiKeyRow } from "./rows.ts";
import { apiKeys, tenants } from "./schema.ts";

/** The key behind a credential with what is known of its tenant, revoked or not. The only read across tenants. */
export async function findApiKeyForAuth(env: Env, id: string) {
  const [row] = await databaseOf(env)
    .select({ key: apiKeys, platform: tenants.platform })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .where(eq(apiKeys.id, id))
    .limit(1);
  return row && { ...row.key, platform: row.platform };
}

/** Notes the minute of the last use; a slower write of an earlier minute changes nothing. */
export async function touchApiKey(env: Env, id: string, minute: number): Promise<void> {
  await databaseOf(env)
    .update(apiKeys)
    .set({ lastUsedAt: minute })
    .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minute))));
}

/** Stores a key of an existing tenant, or nothing when the idempotency key is another's. */
export async function insertApiKey(env: Env, key: ApiKeyRow, claim?: IdempotencyRow) {
  const database = databaseOf(env);
  const tenantExists = sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${key.tenantId})`;
  const condition = claim ? holdsKey(claim) : tenantExists;
  const own = database.select().from(apiKeys).where(eq(apiKeys.id, key.id));
  if (!claim) {
    const [, [stored]] = await database.batch([insertWhere(database, apiKeys, key, condition), own]);
    return { stored, holder: undefined };
  }
  const [, , [stored], [holder]] = await database.batch([
    claimKey(database, claim, tenantExists),
    insertWhere(database, apiKeys, key, condition),
    own,
    keyHolder(database, claim),
  ]);
  return { stored, holder };
}

export async function findApiKey(env: Env, tenantId: string, id: string): Promise<ApiKeyRow | undefined> {
  const [row] = await databaseOf(env).select().from(apiKeys).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** Newest first, after the key with this id. */
export function listApiKeys(env: Env, tenantId: string, afterId: string | undefined, limit: number) {
  return databaseOf(env)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, tenantId), afterId === undefined ? undefined : lt(apiKeys.id, afterId)))
    .orderBy(desc(apiKeys.id))
    .limit(limit);
}

/**
 * Revokes a key; a second revocation keeps the time of the first. The platform's last admin key stays: without one
 * nobody could ever make another. The condition is in the SQL, so two that revoke each other can't both succeed.
 */
export async function revokeApiKey(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
): Promise<"revoked" | "last_admin_key" | "not_found"> {
  const database = databaseOf(env);
  const ofPlatform = sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${and(eq(tenants.id, tenantId), eq(tenants.platform, true))})`;
  const liveAdmin = and(
    eq(apiKeys.role, "admin"),
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
  );
  const only = sql`(SELECT count(*) FROM ${apiKeys} WHERE ${and(eq(apiKeys.tenantId, tenantId), liveAdmin)}) = 1`;
  const isLast = and(ofPlatform, liveAdmin, only);
  const [revoked, found] = await database.batch([
    database
      .update(apiKeys)
      .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${now})` })
      .where(and(ofTenant(tenantId, id), sql`NOT (${isLast})`))
      .returning({ id: apiKeys.id }),
    database.select({ id: apiKeys.id }).from(apiKeys).where(ofTenant(tenantId, id)),
  ]);
  if (revoked.length > 0) return "revoked";
  return found.length > 0 ? "last_admin_key" : "not_found";
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id));
}
