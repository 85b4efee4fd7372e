import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { deadMessages } from "./schema.ts";

export type DeadMessageRow = typeof deadMessages.$inferSelect;

/** Where a page ends: times are not unique. */
export type DeadMessagePosition = Pick<DeadMessageRow, "createdAt" | "id">;

/** Newest first, after this one. */
export function listDeadMessages(
  env: Env,
  after: DeadMessagePosition | undefined,
  limit: number,
): Promise<DeadMessageRow[]> {
  const { createdAt, id } = deadMessages;
  const behind = after && or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id)));
  return databaseOf(env).select().from(deadMessages).where(behind).orderBy(desc(createdAt), desc(id)).limit(limit);
}

export async function findDeadMessage(env: Env, id: string): Promise<DeadMessageRow | undefined> {
  const [row] = await databaseOf(env).select().from(deadMessages).where(eq(deadMessages.id, id)).limit(1);
  return row;
}

/** Removes a message with its audit row; false where somebody else was first. */
export async function removeDeadMessage(env: Env, id: string, audit: AuditEntry): Promise<boolean> {
  const database = databaseOf(env);
  const isThere = sql`EXISTS (SELECT 1 FROM ${deadMessages} WHERE ${eq(deadMessages.id, id)})`;
  const [, removed] = await database.batch([
    insertAudit(database, audit, isThere),
    database.delete(deadMessages).where(eq(deadMessages.id, id)).returning({ id: deadMessages.id }),
  ]);
  return removed.length > 0;
}
