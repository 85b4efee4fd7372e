import { and, eq, gt, isNotNull, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { SigningKeyRow } from "./rows.ts";
import { signingKeys } from "./schema.ts";

/** The keys whose tokens may still be alive: the one that signs, and those retired after `retiredAfter`. Newest first. */
export function listSigningKeys(env: Env, retiredAfter: number): Promise<SigningKeyRow[]> {
  return databaseOf(env)
    .select()
    .from(signingKeys)
    .where(or(isNull(signingKeys.retiredAt), gt(signingKeys.retiredAt, retiredAfter)))
    .orderBy(sql`${signingKeys.retiredAt} IS NOT NULL`, sql`${signingKeys.createdAt} DESC`);
}

/**
 * Puts a key in the place of the one that signs now (`expected`; null for none). When somebody else was faster nothing
 * happens: of two that rotate at once one wins. Answers whether it was this one.
 */
export async function replaceSigningKey(
  env: Env,
  expected: string | null,
  key: SigningKeyRow,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const active = and(isNull(signingKeys.retiredAt), ne(signingKeys.kid, key.kid));
  const unexpected = expected === null ? active : and(active, ne(signingKeys.kid, expected));
  const stillThere = expected === null ? sql`true` : exists(and(active, eq(signingKeys.kid, expected)));
  const made = exists(eq(signingKeys.kid, key.kid));
  const [, , , stored] = await database.batch([
    insertWhere(database, signingKeys, key, sql`NOT ${exists(unexpected)} AND ${stillThere}`),
    database.update(signingKeys).set({ retiredAt: key.createdAt }).where(and(active, made)),
    insertAudit(database, audit, made),
    database.select({ kid: signingKeys.kid }).from(signingKeys).where(eq(signingKeys.kid, key.kid)),
  ]);
  return stored.length > 0;
}

/** Forgets the keys whose last token is over. */
export async function deleteRetiredKeys(env: Env, retiredBefore: number): Promise<void> {
  await databaseOf(env)
    .delete(signingKeys)
    .where(and(isNotNull(signingKeys.retiredAt), lte(signingKeys.retiredAt, retiredBefore)));
}

function exists(condition: ReturnType<typeof and>) {
  return sql`EXISTS (SELECT 1 FROM ${signingKeys} WHERE ${condition})`;
}
