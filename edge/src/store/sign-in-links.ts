import { eq, lte } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import type { SignInLinkRow } from "./rows.ts";
import { signInLinks } from "./schema.ts";

export async function insertSignInLink(env: Env, link: SignInLinkRow, audit: AuditEntry): Promise<void> {
  const database = databaseOf(env);
  await database.batch([database.insert(signInLinks).values(link), insertAudit(database, audit)]);
}

/** The link behind a code, used or not. */
export async function findSignInLink(env: Env, id: string): Promise<SignInLinkRow | undefined> {
  const [row] = await databaseOf(env).select().from(signInLinks).where(eq(signInLinks.id, id)).limit(1);
  return row;
}

/** Forgets links that ended before this time. */
export async function deleteEndedLinks(env: Env, before: number): Promise<void> {
  await databaseOf(env).delete(signInLinks).where(lte(signInLinks.expiresAt, before));
}
