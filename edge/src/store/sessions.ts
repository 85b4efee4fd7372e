import { and, desc, eq, gt, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { SessionRow, UserRow } from "./rows.ts";
import { sessions, tenants, users } from "./schema.ts";

/** A session with its user and what is known of their tenant, over or not. */
export async function findSessionForAuth(env: Env, id: string) {
  const [row] = await databaseOf(env)
    .select({ session: sessions, user: users, platform: tenants.platform })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(tenants, eq(tenants.id, users.tenantId))
    .where(eq(sessions.id, id))
    .limit(1);
  return row;
}

/** Whether the session still holds for this user. */
export function isLive(session: SessionRow, user: UserRow, now: number): boolean {
  return (
    session.revokedAt === null &&
    session.expiresAt > now &&
    user.disabledAt === null &&
    session.userVersion === user.version
  );
}

/** Begins a session, unless the user was changed or disabled since their password was checked. */
export async function insertSession(env: Env, session: SessionRow, audit: AuditEntry): Promise<boolean> {
  const database = databaseOf(env);
  const unchanged = sql`EXISTS (SELECT 1 FROM ${users} WHERE ${and(
    eq(users.id, session.userId),
    eq(users.version, session.userVersion),
    isNull(users.disabledAt),
  )})`;
  const made = sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.id} = ${session.id})`;
  const [, , , stored] = await database.batch([
    insertWhere(database, sessions, session, unchanged),
    database
      .update(users)
      .set({ lastLoginAt: session.createdAt })
      .where(and(eq(users.id, session.userId), made)),
    insertAudit(database, audit, made),
    database.select({ id: sessions.id }).from(sessions).where(eq(sessions.id, session.id)),
  ]);
  return stored.length > 0;
}

/** Puts the next refresh token in the place of this one. False when it is no longer the current one. */
export async function rotateRefreshToken(
  env: Env,
  { id, hash, nextHash, now }: { id: string; hash: string; nextHash: string; now: number },
): Promise<boolean> {
  const rotated = await databaseOf(env)
    .update(sessions)
    .set({ hash: nextHash, previousHash: hash, refreshedAt: now })
    .where(and(eq(sessions.id, id), eq(sessions.hash, hash), isNull(sessions.revokedAt), gt(sessions.expiresAt, now)))
    .returning({ id: sessions.id });
  return rotated.length > 0;
}

/**
 * Ends a session of this user, and those of browsers that signed in by a link of it; the second time changes nothing.
 * False when there is no such session.
 */
export async function revokeSession(
  env: Env,
  userId: string,
  id: string,
  now: number,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const own = and(eq(sessions.userId, userId), eq(sessions.id, id));
  const live = sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${and(own, isNull(sessions.revokedAt))})`;
  const [, , found] = await database.batch([
    insertAudit(database, audit, live),
    database
      .update(sessions)
      .set({ revokedAt: now })
      .where(
        and(
          eq(sessions.userId, userId),
          or(eq(sessions.id, id), eq(sessions.parentId, id)),
          isNull(sessions.revokedAt),
        ),
      ),
    database.select({ id: sessions.id }).from(sessions).where(own),
  ]);
  return found.length > 0;
}

/** Ends the sessions of this user, all or all but one. */
export async function revokeSessions(
  env: Env,
  userId: string,
  { kept, now, audit }: { readonly kept: string | null; readonly now: number; readonly audit: AuditEntry },
): Promise<void> {
  const database = databaseOf(env);
  const live = and(
    eq(sessions.userId, userId),
    kept === null ? undefined : ne(sessions.id, kept),
    isNull(sessions.revokedAt),
    gt(sessions.expiresAt, now),
  );
  await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${live})`),
    database.update(sessions).set({ revokedAt: now }).where(live),
  ]);
}

/**
 * The sessions of a user that still hold, newest first, after the one with this id. Browsers that were not used since
 * `idleSince` are signed out.
 */
export function listSessions(
  env: Env,
  userId: string,
  { afterId, limit, now, idleSince }: { afterId: string | undefined; limit: number; now: number; idleSince: number },
): Promise<SessionRow[]> {
  const current = sql`${sessions.userVersion} = (SELECT ${users.version} FROM ${users} WHERE ${users.id} = ${userId})`;
  return databaseOf(env)
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
        current,
        or(eq(sessions.browser, false), gt(sessions.refreshedAt, idleSince)),
        afterId === undefined ? undefined : lt(sessions.id, afterId),
      ),
    )
    .orderBy(desc(sessions.id))
    .limit(limit);
}

/** Forgets sessions that ended of age before this time. */
export async function deleteEndedSessions(env: Env, before: number): Promise<void> {
  await databaseOf(env).delete(sessions).where(lte(sessions.expiresAt, before));
}
