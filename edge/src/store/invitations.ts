import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { InvitationRow, UserRow } from "./rows.ts";
import { apiKeys, invitations, tenants, users } from "./schema.ts";

/** The invitation behind a token, open or not. */
export async function findInvitationByToken(env: Env, id: string): Promise<InvitationRow | undefined> {
  const [row] = await databaseOf(env).select().from(invitations).where(eq(invitations.id, id)).limit(1);
  return row;
}

export async function findInvitation(env: Env, tenantId: string, id: string): Promise<InvitationRow | undefined> {
  const [row] = await databaseOf(env).select().from(invitations).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** Newest first, after the invitation with this id. */
export function listInvitations(env: Env, tenantId: string, afterId: string | undefined, limit: number) {
  return databaseOf(env)
    .select()
    .from(invitations)
    .where(and(eq(invitations.tenantId, tenantId), afterId === undefined ? undefined : lt(invitations.id, afterId)))
    .orderBy(desc(invitations.id))
    .limit(limit);
}

/**
 * Stores an invitation into an existing tenant, unless the idempotency key is another's. An account of the same tenant
 * at this address stands in the way; one of another tenant does not, or the answer would tell that it exists.
 */
export async function insertInvitation(
  env: Env,
  invitation: InvitationRow,
  audit: AuditEntry,
  claim: IdempotencyRow | undefined,
) {
  const database = databaseOf(env);
  const { id, tenantId, email, userId } = invitation;
  const tenantExists = sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${tenantId})`;
  const account = sql`SELECT 1 FROM ${users} WHERE ${and(eq(users.tenantId, tenantId), eq(users.email, email))}`;
  const wanted = userId === null ? sql`NOT EXISTS (${account})` : sql`EXISTS (${account})`;
  const allowed = sql`${tenantExists} AND ${wanted}`;
  const made = sql`EXISTS (SELECT 1 FROM ${invitations} WHERE ${invitations.id} = ${id})`;
  const own = database.select().from(invitations).where(eq(invitations.id, id));
  if (!claim) {
    const [, , [stored]] = await database.batch([
      insertWhere(database, invitations, invitation, allowed),
      insertAudit(database, audit, made),
      own,
    ]);
    return { stored, holder: undefined };
  }
  const [, , , [stored], [holder]] = await database.batch([
    claimKey(database, claim, allowed),
    insertWhere(database, invitations, invitation, holdsKey(claim)),
    insertAudit(database, audit, made),
    own,
    keyHolder(database, claim),
  ]);
  return { stored, holder };
}

/** Revokes an open invitation; for one that is not open nothing changes. False when there is none. */
export async function revokeInvitation(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const open = and(ofTenant(tenantId, id), isNull(invitations.acceptedAt), isNull(invitations.revokedAt));
  const [, , found] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${invitations} WHERE ${open})`),
    database.update(invitations).set({ revokedAt: now }).where(open),
    database.select({ id: invitations.id }).from(invitations).where(ofTenant(tenantId, id)),
  ]);
  return found.length > 0;
}

/**
 * Void from now on: what a user or key handed out with rights that they no longer have, and what the keys did that hang
 * on that user. Part of the batch that takes the rights away.
 */
export function voidInvitationsOf(env: Env, makerId: string, now: number, condition: SQL) {
  const keysOfMaker = sql`SELECT ${apiKeys.id} FROM ${apiKeys} WHERE ${apiKeys.makerId} = ${makerId}`;
  return databaseOf(env)
    .update(invitations)
    .set({ revokedAt: now })
    .where(
      and(
        or(eq(invitations.invitedBy, makerId), sql`${invitations.invitedBy} IN (${keysOfMaker})`),
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
        condition,
      ),
    );
}

/** Makes the account and uses the invitation up, both or neither. False when it is not open, or the address is taken. */
export async function acceptInvitation(env: Env, invitationId: string, user: UserRow, audit: AuditEntry) {
  const database = databaseOf(env);
  const open = and(isOpen(invitationId, user.createdAt), isNull(invitations.userId));
  const free = sql`NOT EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = ${user.email})`;
  const made = sql`EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${user.id})`;
  const [, , , stored] = await database.batch([
    insertWhere(database, users, user, sql`EXISTS (SELECT 1 FROM ${invitations} WHERE ${open}) AND ${free}`),
    database
      .update(invitations)
      .set({ acceptedAt: user.createdAt })
      .where(and(eq(invitations.id, invitationId), made)),
    insertAudit(database, audit, made),
    database.select({ id: users.id }).from(users).where(eq(users.id, user.id)),
  ]);
  return stored.length > 0;
}

/** Sets the password that a reset is for, uses the reset up and ends the user's sessions. False when it is not open. */
export async function acceptReset(
  env: Env,
  { invitation, passwordHash, now }: { invitation: InvitationRow; passwordHash: string; now: number },
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const { id: invitationId, role } = invitation;
  const userId = invitation.userId ?? "";
  const open = and(isOpen(invitationId, now), eq(invitations.userId, userId));
  // Whoever has more rights by now than when the reset was made is beyond it.
  const unchanged = and(eq(users.id, userId), eq(users.role, role), isNull(users.disabledAt));
  const live = sql`EXISTS (SELECT 1 FROM ${users} WHERE ${unchanged})`;
  const may = sql`EXISTS (SELECT 1 FROM ${invitations} WHERE ${open}) AND ${live}`;
  const [, changed] = await database.batch([
    insertAudit(database, audit, may),
    database
      .update(users)
      .set({ passwordHash, version: sql`${users.version} + 1` })
      .where(and(eq(users.id, userId), may))
      .returning({ id: users.id }),
    database.update(invitations).set({ acceptedAt: now }).where(and(open, live)),
    // Other resets of the same account would set its password once more.
    database
      .update(invitations)
      .set({ revokedAt: now })
      .where(
        and(
          eq(invitations.userId, userId),
          isNull(invitations.acceptedAt),
          isNull(invitations.revokedAt),
          sql`EXISTS (SELECT 1 FROM ${invitations} AS used WHERE used.id = ${invitationId} AND used.acceptedAt = ${now})`,
        ),
      ),
  ]);
  return changed.length > 0;
}

function isOpen(id: string, now: number) {
  return and(
    eq(invitations.id, id),
    isNull(invitations.acceptedAt),
    isNull(invitations.revokedAt),
    gt(invitations.expiresAt, now),
  );
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(invitations.tenantId, tenantId), eq(invitations.id, id));
}
