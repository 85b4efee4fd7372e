import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import { idempotencyKeys } from "./schema.ts";

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;
type KeyOf = Pick<IdempotencyRow, "tenantId" | "route" | "key">;

/** Takes the key for one resource, when `condition` holds and nobody has it yet. */
export function claimKey(database: Database, row: IdempotencyRow, condition: SQL = sql`true`) {
  return insertWhere(database, idempotencyKeys, row, condition).onConflictDoNothing();
}

/** True in the statements after `claimKey` only for the one request that got the key. */
export function holdsKey(row: IdempotencyRow): SQL {
  return sql`EXISTS (SELECT 1 FROM ${idempotencyKeys} WHERE ${and(ofKey(row), eq(idempotencyKeys.resourceId, row.resourceId))})`;
}

/** Who has the key: at most one row. */
export function keyHolder(database: Database, key: KeyOf) {
  return database.select().from(idempotencyKeys).where(ofKey(key));
}

function ofKey({ tenantId, route, key }: KeyOf): SQL | undefined {
  return and(eq(idempotencyKeys.tenantId, tenantId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));
}
