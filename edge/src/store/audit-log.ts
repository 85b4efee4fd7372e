import { and, asc, desc, eq, getTableColumns, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { type Database, databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { AuditRow } from "./rows.ts";
import { auditLog, auditSeals } from "./schema.ts";

export type AuditSealRow = typeof auditSeals.$inferSelect;

/**
 * The audit row of a change: part of the very batch that makes the change, so that there is neither without the other.
 * `condition` must hold exactly when the change was made.
 */
export function insertAudit(database: Database, entry: AuditEntry, condition: SQL = sql`true`) {
  return insertWhere(database, auditLog, entry, condition);
}

/** The audit row of something that changed nothing, such as a login that was refused. */
export async function recordAudit(env: Env, entry: AuditEntry): Promise<void> {
  await insertAudit(databaseOf(env), entry);
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly resource?: string | undefined;
  /** Not before this time. */
  readonly after?: number | undefined;
  /** Before this time. */
  readonly before?: number | undefined;
}

/** Newest first, below this sequence. */
export function listAudit(
  env: Env,
  tenantId: string,
  { action, actorId, resource, after, before }: AuditFilter,
  belowSequence: number | undefined,
  limit: number,
): Promise<AuditRow[]> {
  return databaseOf(env)
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.tenantId, tenantId),
        action === undefined ? undefined : eq(auditLog.action, action),
        actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
        resource === undefined ? undefined : eq(auditLog.resource, resource),
        after === undefined ? undefined : gte(auditLog.at, after),
        before === undefined ? undefined : lt(auditLog.at, before),
        belowSequence === undefined ? undefined : lt(auditLog.sequence, belowSequence),
      ),
    )
    .orderBy(desc(auditLog.sequence))
    .limit(limit);
}

/** A row as the chain covers it: its detail is whatever stands there, also what is no JSON. */
export type StoredAuditRow = Omit<AuditRow, "detail"> & { readonly detail: unknown };

/** Rows of all tenants behind this sequence, oldest first: for the chain. */
export function auditRowsAfter(env: Env, sequence: number, limit: number): Promise<StoredAuditRow[]> {
  return storedRows(env, gt(auditLog.sequence, sequence), limit);
}

/** The rows of all tenants from one sequence to another, both included, oldest first. */
export function auditRowsBetween(env: Env, first: number, last: number, limit: number): Promise<StoredAuditRow[]> {
  return storedRows(env, and(gte(auditLog.sequence, first), lte(auditLog.sequence, last)), limit);
}

async function storedRows(env: Env, condition: SQL | undefined, limit: number): Promise<StoredAuditRow[]> {
  const rows = await databaseOf(env)
    .select({ ...getTableColumns(auditLog), detail: sql<string | null>`${auditLog.detail}` })
    .from(auditLog)
    .where(condition)
    .orderBy(asc(auditLog.sequence))
    .limit(limit);
  return rows.map((row) => ({ ...row, detail: row.detail === null ? null : jsonOrText(row.detail) }));
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The seal that covers the rows up to at most this sequence: the last one before it; undefined for none. */
export async function sealBefore(env: Env, sequence: number): Promise<AuditSealRow | undefined> {
  const [row] = await databaseOf(env)
    .select()
    .from(auditSeals)
    .where(lte(auditSeals.lastSequence, sequence))
    .orderBy(desc(auditSeals.lastSequence))
    .limit(1);
  return row;
}

/** Seals behind this sequence, oldest first. */
export function sealsAfter(env: Env, sequence: number, limit: number): Promise<AuditSealRow[]> {
  return databaseOf(env)
    .select()
    .from(auditSeals)
    .where(gt(auditSeals.lastSequence, sequence))
    .orderBy(asc(auditSeals.lastSequence))
    .limit(limit);
}

/** Adds a seal behind the one that ends at `previous`; nothing when another sweep was faster. */
export async function insertSeal(env: Env, seal: AuditSealRow, previous: number): Promise<void> {
  const database = databaseOf(env);
  const isNext = sql`coalesce((SELECT max(${auditSeals.lastSequence}) FROM ${auditSeals}), 0) = ${previous}`;
  await insertWhere(database, auditSeals, seal, isNext);
}
