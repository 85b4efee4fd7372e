import type { Role } from "@reelway/shared/permissions";
import { and, desc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { voidInvitationsOf } from "./invitations.ts";
import { isPlatformTenant, platformKeepsAdmin, standingAdminUser } from "./platform.ts";
import type { UserRow } from "./rows.ts";
import { sessions, users } from "./schema.ts";

/** The account of an address. The only read by address: for logins, before anybody's tenant is known. */
export async function findUserByEmail(env: Env, email: string): Promise<UserRow | undefined> {
  const [row] = await databaseOf(env).select().from(users).where(eq(users.email, email)).limit(1);
  return row;
}

export async function findUser(env: Env, tenantId: string, id: string): Promise<UserRow | undefined> {
  const [row] = await databaseOf(env).select().from(users).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** Newest first, after the user with this id. */
export function listUsers(env: Env, tenantId: string, afterId: string | undefined, limit: number): Promise<UserRow[]> {
  return databaseOf(env)
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), afterId === undefined ? undefined : lt(users.id, afterId)))
    .orderBy(desc(users.id))
    .limit(limit);
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  /** Roles that the one who asks may give and take: a user with another is beyond them. */
  readonly within: readonly Role[];
  readonly now: number;
}

/**
 * Changes a user, unless that would take the platform's last admin away. Whoever loses the role or the standing that
 * they had is signed out everywhere, and the invitations that they made are void. Answers the user as they are now and
 * whether they were changed.
 */
export async function changeUser(
  env: Env,
  tenantId: string,
  id: string,
  { name, role, disabled, within, now }: UserChange,
  audits: readonly AuditEntry[],
): Promise<{ user: UserRow | undefined; changed: boolean }> {
  const database = databaseOf(env);
  const loses = disabled === true || (role !== undefined && role !== "admin");
  const isLast = sql`${isPlatformTenant(tenantId)} AND ${standingAdminUser()} AND NOT ${platformKeepsAdmin(id)}`;
  const allowed = and(
    ofTenant(tenantId, id),
    inArray(users.role, [...within]),
    loses ? sql`NOT (${isLast})` : undefined,
  );
  const may = sql`EXISTS (SELECT 1 FROM ${users} WHERE ${allowed})`;
  const versionStep = sql`CASE WHEN ${newStanding(role, disabled)} THEN 1 ELSE 0 END`;
  const results = await database.batch([
    database.select({ version: users.version }).from(users).where(allowed),
    ...audits.map((audit) => insertAudit(database, audit, may)),
    ...(loses ? [voidInvitationsOf(env, id, now, may)] : []),
    database
      .update(users)
      .set({
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabledAt: disabled ? sql`coalesce(${users.disabledAt}, ${now})` : null }),
        version: sql`${users.version} + ${versionStep}`,
      })
      .where(allowed),
  ]);
  const [allowedRows] = results;
  return { user: await findUser(env, tenantId, id), changed: allowedRows.length > 0 };
}

/**
 * Sets a password in the place of the one that was checked, and ends the user's other sessions. Nothing happens when
 * the account was changed in between.
 */
export async function replacePassword(
  env: Env,
  user: UserRow,
  passwordHash: string,
  keptSessionId: string,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const version = user.version + 1;
  const unchanged = and(eq(users.id, user.id), eq(users.version, user.version), isNull(users.disabledAt));
  const may = sql`EXISTS (SELECT 1 FROM ${users} WHERE ${unchanged})`;
  const [, , changed] = await database.batch([
    insertAudit(database, audit, may),
    // The session that asked lives on, as one of the new version.
    database
      .update(sessions)
      .set({ userVersion: version })
      .where(and(eq(sessions.id, keptSessionId), eq(sessions.userId, user.id), may)),
    database.update(users).set({ passwordHash, version }).where(unchanged).returning({ id: users.id }),
  ]);
  return changed.length > 0;
}

/** Stores the same password at today's cost, unless it was changed meanwhile. */
export async function upgradeHash(env: Env, user: UserRow, passwordHash: string): Promise<void> {
  await databaseOf(env)
    .update(users)
    .set({ passwordHash })
    .where(and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash)));
}

/** Whether role or standing differ from what they were: in the SQL, so that a repeat ends no session. */
function newStanding(role: Role | undefined, disabled: boolean | undefined): SQL {
  const otherRole = role === undefined ? sql`false` : sql`${users.role} <> ${role}`;
  const otherStanding = disabled === undefined ? sql`false` : sql`(${users.disabledAt} IS NULL) = ${disabled ? 1 : 0}`;
  return sql`(${otherRole} OR ${otherStanding})`;
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(users.tenantId, tenantId), eq(users.id, id));
}
