import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { RunnerRow } from "./rows.ts";
import { registrationTokens, runners } from "./schema.ts";

export type RegistrationTokenRow = typeof registrationTokens.$inferSelect;

export async function findRegistrationToken(env: Env, id: string): Promise<RegistrationTokenRow | undefined> {
  const [row] = await databaseOf(env).select().from(registrationTokens).where(eq(registrationTokens.id, id)).limit(1);
  return row;
}

/** Newest first, after the token with this id. The fleet is the platform's: tokens belong to no tenant. */
export function listRegistrationTokens(env: Env, afterId: string | undefined, limit: number) {
  return databaseOf(env)
    .select()
    .from(registrationTokens)
    .where(afterId === undefined ? undefined : lt(registrationTokens.id, afterId))
    .orderBy(desc(registrationTokens.id))
    .limit(limit);
}

/** Stores a token, or nothing when the idempotency key is another's; answers who holds the key. */
export async function insertRegistrationToken(
  env: Env,
  token: RegistrationTokenRow,
  audit: AuditEntry,
  claim: IdempotencyRow | undefined,
): Promise<IdempotencyRow | undefined> {
  const database = databaseOf(env);
  if (!claim) {
    await database.batch([database.insert(registrationTokens).values(token), insertAudit(database, audit)]);
    return undefined;
  }
  const [, , , [holder]] = await database.batch([
    claimKey(database, claim),
    insertWhere(database, registrationTokens, token, holdsKey(claim)),
    insertAudit(database, audit, holdsKey(claim)),
    keyHolder(database, claim),
  ]);
  return holder;
}

/** No further runner may use it; those that did stay. A second revocation changes nothing. False when there is none. */
export async function revokeRegistrationToken(env: Env, id: string, now: number, audit: AuditEntry): Promise<boolean> {
  const database = databaseOf(env);
  const live = and(eq(registrationTokens.id, id), isNull(registrationTokens.revokedAt));
  const [, , found] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${registrationTokens} WHERE ${live})`),
    database.update(registrationTokens).set({ revokedAt: now }).where(live),
    database.select({ id: registrationTokens.id }).from(registrationTokens).where(eq(registrationTokens.id, id)),
  ]);
  return found.length > 0;
}

/** The runner and the use of the token, in one transaction: both or none, and never more uses than there are. */
export async function useRegistrationToken(
  env: Env,
  tokenId: string,
  runner: RunnerRow,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const usable = and(
    eq(registrationTokens.id, tokenId),
    isNull(registrationTokens.revokedAt),
    lt(registrationTokens.uses, registrationTokens.maxUses),
    gt(registrationTokens.expiresAt, runner.createdAt),
    or(isNull(registrationTokens.region), eq(registrationTokens.region, runner.region)),
  );
  const registered = sql`EXISTS (SELECT 1 FROM ${runners} WHERE ${runners.id} = ${runner.id})`;
  const [, , used] = await database.batch([
    insertWhere(database, runners, runner, sql`EXISTS (SELECT 1 FROM ${registrationTokens} WHERE ${usable})`),
    insertAudit(database, audit, registered),
    database
      .update(registrationTokens)
      .set({ uses: sql`${registrationTokens.uses} + 1` })
      .where(and(eq(registrationTokens.id, tokenId), registered))
      .returning({ uses: registrationTokens.uses }),
  ]);
  return used.length > 0;
}
