import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { SessionRow } from "./rows.ts";
import { apiKeys, sessions, signInLinks, tenants, users } from "./schema.ts";

/** A browser's session with whoever it is signed in as and what is known of their tenant, over or not. */
export async function findBrowserSession(env: Env, id: string) {
  const makers = alias(users, "makers");
  const [row] = await databaseOf(env)
    .select({ session: sessions, platform: tenants.platform, user: users, key: apiKeys, maker: makers })
    .from(sessions)
    .innerJoin(tenants, eq(tenants.id, sessions.tenantId))
    .leftJoin(users, eq(users.id, sessions.userId))
    .leftJoin(apiKeys, eq(apiKeys.id, sessions.keyId))
    .leftJoin(makers, eq(makers.id, apiKeys.makerId))
    .where(and(eq(sessions.id, id), eq(sessions.browser, true)))
    .limit(1);
  return row;
}

/**
 * Begins a browser's session with an API key or by a link, and uses the link up, both or neither. False when what it
 * hangs on ended meanwhile, or somebody else used the link.
 */
export async function insertBrowserSession(
  env: Env,
  session: SessionRow,
  linkId: string | null,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const { id, createdAt } = session;
  const open = and(eq(signInLinks.id, linkId ?? ""), isNull(signInLinks.usedAt), gt(signInLinks.expiresAt, createdAt));
  const conditions = [holdsStill(session)];
  if (linkId !== null) conditions.push(sql`EXISTS (SELECT 1 FROM ${signInLinks} WHERE ${open})`);
  const made = sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.id} = ${id})`;
  const [, , , stored] = await database.batch([
    insertWhere(database, sessions, session, sql.join(conditions, sql` AND `)),
    database.update(signInLinks).set({ usedAt: createdAt }).where(and(open, made)),
    insertAudit(database, audit, made),
    database.select({ id: sessions.id }).from(sessions).where(eq(sessions.id, id)),
  ]);
  return stored.length > 0;
}

/** The key is not revoked; the user is as they were, and the session that made their link goes on. */
function holdsStill({ keyId, userId, userVersion, parentId }: SessionRow): SQL {
  if (keyId !== null)
    return sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt))})`;
  const user = and(eq(users.id, userId), eq(users.version, userVersion), isNull(users.disabledAt));
  const parent = sql`SELECT 1 FROM sessions AS parent WHERE parent.id = ${parentId} AND parent.revokedAt IS NULL`;
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${user}) AND EXISTS (${parent})`;
}

/** Notes that it was used. */
export async function touchBrowserSession(env: Env, id: string, now: number): Promise<void> {
  await databaseOf(env).update(sessions).set({ refreshedAt: now }).where(eq(sessions.id, id));
}

/** Ends it; the second time changes nothing. */
export async function revokeBrowserSession(env: Env, id: string, now: number, audit: AuditEntry): Promise<void> {
  const database = databaseOf(env);
  const live = and(eq(sessions.id, id), isNull(sessions.revokedAt));
  await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${live})`),
    database.update(sessions).set({ revokedAt: now }).where(live),
  ]);
}
