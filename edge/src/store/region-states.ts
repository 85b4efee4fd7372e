import type { RegionId } from "@reelway/shared/regions";
import { and, eq, isNotNull, not, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { RegionStateRow } from "./rows.ts";
import { regionStates, tenants } from "./schema.ts";

/** What is known of each region; one that nobody has looked at yet has no row. */
export async function readRegionStates(env: Env): Promise<Map<RegionId, RegionStateRow>> {
  const rows = await databaseOf(env).select().from(regionStates);
  return new Map(rows.map((row) => [row.region, row]));
}

/** Where the tenant's bytes and work may be; null for everywhere, and for a tenant that is not there. */
export async function readAllowedRegions(env: Env, tenantId: string): Promise<RegionId[] | null> {
  const [row] = await databaseOf(env)
    .select({ allowedRegions: tenants.allowedRegions })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .limit(1);
  return row?.allowedRegions ?? null;
}

/** What a look at a region found; what people decided about it is not in it. */
export type ObservedState = Omit<RegionStateRow, "region" | "drainedAt" | "drainReason" | "moveCursor">;

/** Stores a look at a region. `failover` is stored too where the region begins to fail over with it. */
export async function writeObservation(
  env: Env,
  region: RegionId,
  state: ObservedState,
  failover: AuditEntry,
): Promise<void> {
  const database = databaseOf(env);
  const begins = state.failedOverAt === null ? sql`false` : not(stateIs(region, isNotNull(regionStates.failedOverAt)));
  await database.batch([
    insertAudit(database, failover, begins),
    database
      .insert(regionStates)
      .values({ region, ...state })
      .onConflictDoUpdate({ target: regionStates.region, set: state }),
  ]);
}

/** From now on nothing new goes there. A repeat changes only the reason, and is no change to the log. */
export async function writeDrain(
  env: Env,
  region: RegionId,
  { reason, now, audit }: { readonly reason: string; readonly now: number; readonly audit: AuditEntry },
): Promise<void> {
  const database = databaseOf(env);
  const unseen = {
    region,
    servedAt: null,
    liveRunners: 0,
    ready: 0,
    leased: 0,
    oldestReadyAt: null,
    failedOverAt: null,
  };
  const drained = { drainedAt: sql`coalesce(${regionStates.drainedAt}, ${now})`, drainReason: reason };
  await database.batch([
    insertAudit(database, audit, not(stateIs(region, isNotNull(regionStates.drainedAt)))),
    insertWhere(
      database,
      regionStates,
      { ...unseen, drainedAt: null, drainReason: null, lookedAt: now },
      not(stateIs(region, sql`true`)),
    ),
    database.update(regionStates).set(drained).where(eq(regionStates.region, region)),
  ]);
}

/** Where the last look for jobs to move ended; null for before the first job. */
export async function readMoveCursor(env: Env, region: RegionId): Promise<string | null> {
  const [row] = await databaseOf(env)
    .select({ moveCursor: regionStates.moveCursor })
    .from(regionStates)
    .where(eq(regionStates.region, region));
  return row?.moveCursor ?? null;
}

export async function writeMoveCursor(env: Env, region: RegionId, moveCursor: string | null): Promise<void> {
  await databaseOf(env).update(regionStates).set({ moveCursor }).where(eq(regionStates.region, region));
}

/** It may be used again. */
export async function writeResume(env: Env, region: RegionId, audit: AuditEntry): Promise<void> {
  const database = databaseOf(env);
  await database.batch([
    insertAudit(database, audit, stateIs(region, isNotNull(regionStates.drainedAt))),
    database.update(regionStates).set({ drainedAt: null, drainReason: null }).where(eq(regionStates.region, region)),
  ]);
}

function stateIs(region: RegionId, condition: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${regionStates} WHERE ${and(eq(regionStates.region, region), condition)})`;
}
