import { limits } from "@reelway/shared/limits";
import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { ConnectionRow } from "./rows.ts";
import { connections, jobs } from "./schema.ts";

/** Stores a connection within the tenant's bound, and under the idempotency key if there is one. */
export async function insertConnection(
  env: Env,
  row: ConnectionRow,
  audit: AuditEntry,
  claim: IdempotencyRow | undefined,
): Promise<{ stored: boolean; holder: IdempotencyRow | undefined }> {
  const database = databaseOf(env);
  const below = sql`(SELECT count(*) FROM ${connections} WHERE ${connections.tenantId} = ${row.tenantId}
    AND ${connections.revokedAt} IS NULL) < ${limits.connectionsPerTenant}`;
  const isStored = sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${ofTenant(row.tenantId, row.id)})`;
  const own = database.select({ id: connections.id }).from(connections).where(ofTenant(row.tenantId, row.id));
  const audited = insertAudit(database, audit, isStored);
  if (!claim) {
    const [, stored] = await database.batch([insertWhere(database, connections, row, below), own, audited]);
    return { stored: stored.length > 0, holder: undefined };
  }
  const [, , stored, [holder]] = await database.batch([
    claimKey(database, claim, below),
    insertWhere(database, connections, row, holdsKey(claim)),
    own,
    keyHolder(database, claim),
    audited,
  ]);
  return { stored: stored.length > 0, holder };
}

/** Undefined for one that was deleted, too. */
export async function findConnection(env: Env, tenantId: string, id: string): Promise<ConnectionRow | undefined> {
  const [row] = await databaseOf(env)
    .select()
    .from(connections)
    .where(and(ofTenant(tenantId, id), isNull(connections.revokedAt)))
    .limit(1);
  return row;
}

/** Newest first, after the connection with this id. */
export function listConnections(env: Env, tenantId: string, afterId: string | undefined, limit: number) {
  return databaseOf(env)
    .select()
    .from(connections)
    .where(
      and(
        eq(connections.tenantId, tenantId),
        isNull(connections.revokedAt),
        afterId === undefined ? undefined : lt(connections.id, afterId),
      ),
    )
    .orderBy(desc(connections.id))
    .limit(limit);
}

/**
 * Deletes a connection with its credentials, unless a live job reads from it or delivers to it. The row stays, empty, for
 * what refers to it.
 */
export async function deleteConnection(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit: AuditEntry,
): Promise<"deleted" | "in_use" | "unknown"> {
  const database = databaseOf(env);
  const live = sql`${jobs.tenantId} = ${tenantId} AND ${jobs.state} IN ('queued', 'planning', 'running')`;
  const inUse = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${live} AND (${jobs.destination} ->> '$.connectionId' = ${id}
    OR (${jobs.kind} = 'fetch' AND ${jobs.spec} ->> '$.source.connectionId' = ${id})))`;
  const deletable = and(ofTenant(tenantId, id), isNull(connections.revokedAt), sql`NOT ${inUse}`);
  const [, before, after] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${deletable})`),
    database.select({ revokedAt: connections.revokedAt }).from(connections).where(ofTenant(tenantId, id)),
    database
      .update(connections)
      .set({ revokedAt: now, accessKeyId: "", encryptedSecret: "" })
      .where(deletable)
      .returning({ id: connections.id }),
  ]);
  if (after.length > 0) return "deleted";
  return before.some(({ revokedAt }) => revokedAt === null) ? "in_use" : "unknown";
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(connections.tenantId, tenantId), eq(connections.id, id));
}
