import { type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Database } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import { auditLog } from "./schema.ts";

/**
 * The audit row of a change: part of the very batch that makes the change, so that there is neither without the other.
 * `condition` must hold exactly when the change was made.
 */
export function insertAudit(database: Database, entry: AuditEntry, condition: SQL = sql`true`) {
  return insertWhere(database, auditLog, entry, condition);
}
