import { limits } from "@reelway/shared/limits";
import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import { voidInvitationsOf } from "./invitations.ts";
import { isPlatformTenant, platformKeepsAdmin, standingAdminKey } from "./platform.ts";
import type { ApiKeyRow } from "./rows.ts";
import { apiKeys, tenants, users } from "./schema.ts";

/** The key behind a credential with what is known of its tenant and its maker, revoked or not. The only read across tenants. */
export async function findApiKeyForAuth(env: Env, id: string) {
  const [row] = await databaseOf(env)
    .select({ key: apiKeys, platform: tenants.platform, maker: users })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .leftJoin(users, eq(users.id, apiKeys.makerId))
    .where(eq(apiKeys.id, id))
    .limit(1);
  return row;
}

/** Notes the minute of the last use; a slower write of an earlier minute changes nothing. */
export async function touchApiKey(env: Env, id: string, minute: number): Promise<void> {
  await databaseOf(env)
    .update(apiKeys)
    .set({ lastUsedAt: minute })
    .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minute))));
}

/** Stores a key of an existing tenant, or nothing when the idempotency key is another's or its maker has as many as they may. */
export async function insertApiKey(env: Env, key: ApiKeyRow, audit: AuditEntry, claim?: IdempotencyRow) {
  const database = databaseOf(env);
  const tenantExists = sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${key.tenantId})`;
  const allowed = sql`${tenantExists} AND ${makerHasRoom(key)}`;
  const condition = claim ? holdsKey(claim) : allowed;
  const made = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.id} = ${key.id})`;
  const own = database.select().from(apiKeys).where(eq(apiKeys.id, key.id));
  if (!claim) {
    const [, , [stored]] = await database.batch([
      insertWhere(database, apiKeys, key, condition),
      insertAudit(database, audit, made),
      own,
    ]);
    return { stored, holder: undefined };
  }
  const [, , , [stored], [holder]] = await database.batch([
    claimKey(database, claim, allowed),
    insertWhere(database, apiKeys, key, condition),
    insertAudit(database, audit, made),
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

/** The same of those that hang on one user. */
export function listApiKeysOf(
  env: Env,
  { tenantId, makerId }: { readonly tenantId: string; readonly makerId: string },
  afterId: string | undefined,
  limit: number,
) {
  const after = afterId === undefined ? undefined : lt(apiKeys.id, afterId);
  return databaseOf(env)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.makerId, makerId), after))
    .orderBy(desc(apiKeys.id))
    .limit(limit);
}

/**
 * Revokes a key, and the invitations that it made; a second revocation changes nothing. The platform's last admin key
 * stays while no admin can sign in: without one nobody could ever make another. The condition is in the SQL, so two
 * that revoke each other can't both succeed.
 */
export async function revokeApiKey(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit: AuditEntry,
): Promise<"revoked" | "last_admin_key" | "not_found"> {
  const database = databaseOf(env);
  const isLast = sql`${isPlatformTenant(tenantId)} AND ${standingAdminKey()} AND NOT ${platformKeepsAdmin(id)}`;
  const revocable = and(ofTenant(tenantId, id), isNull(apiKeys.revokedAt), sql`NOT (${isLast})`);
  const may = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${revocable})`;
  const [, , , [found]] = await database.batch([
    insertAudit(database, audit, may),
    voidInvitationsOf(env, id, now, may),
    database.update(apiKeys).set({ revokedAt: now }).where(revocable),
    database.select({ revokedAt: apiKeys.revokedAt }).from(apiKeys).where(ofTenant(tenantId, id)),
  ]);
  if (!found) return "not_found";
  return found.revokedAt === null ? "last_admin_key" : "revoked";
}

/** Those that are revoked or have expired count no more. */
function makerHasRoom({ tenantId, makerId, createdAt: now }: ApiKeyRow): SQL {
  if (makerId === null) return sql`true`;
  const held = and(
    eq(apiKeys.tenantId, tenantId),
    eq(apiKeys.makerId, makerId),
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
  );
  return sql`(SELECT count(*) FROM ${apiKeys} WHERE ${held}) < ${limits.keysPerPerson}`;
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id));
}
