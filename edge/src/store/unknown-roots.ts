import type { RegionId } from "@reelway/shared/regions";
import { and, asc, eq, lte, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertRows, listed } from "./insert-rows.ts";
import { assets, jobParts, jobs, storageSweeps, unknownRoots } from "./schema.ts";

export type UnknownRootRow = typeof unknownRoots.$inferSelect;

/**
 * Those of a tenant's storage roots (`t/<tenant>/<128 random bits>`) that no record names, in their order: no source that is
 * not erased, no run of a job whose outputs are not, no part of a stream, and no sweep that is yet to come. In doubt a root is
 * known. Reads all of the tenant's rows: to be asked for many roots at once.
 */
export async function rootsWithoutRecord(env: Env, tenantId: string, roots: readonly string[]): Promise<string[]> {
  const [first] = roots;
  if (first === undefined) return [];
  const rootOf = (column: unknown) => sql`substr(${column}, 1, ${first.length})`;
  const below = `t/${tenantId}/`;
  const rows = await databaseOf(env).all<{ root: string }>(sql`
    SELECT value AS root FROM json_each(${JSON.stringify(roots)}) WHERE value NOT IN (
      SELECT ${jobs.storageRoot} FROM ${jobs} WHERE ${jobs.tenantId} = ${tenantId} AND ${jobs.outputsErasedAt} IS NULL
      UNION ALL SELECT ${rootOf(assets.storageKey)} FROM ${assets}
        WHERE ${assets.tenantId} = ${tenantId} AND ${assets.erasedAt} IS NULL
      UNION ALL SELECT ${rootOf(jobParts.prefix)} FROM ${jobs} JOIN ${jobParts} ON ${jobParts.jobId} = ${jobs.id}
        WHERE ${jobs.tenantId} = ${tenantId}
      UNION ALL SELECT ${rootOf(storageSweeps.prefix)} FROM ${storageSweeps}
        WHERE ${storageSweeps.prefix} >= ${below} AND ${storageSweeps.prefix} < ${`${below.slice(0, -1)}0`})
    ORDER BY root`);
  return rows.map(({ root }) => root);
}

/** When these roots are to be deleted, those that are. */
export async function deletionsOf(
  env: Env,
  region: RegionId,
  roots: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await databaseOf(env)
    .select({ root: unknownRoots.root, dueAt: unknownRoots.dueAt })
    .from(unknownRoots)
    .where(and(eq(unknownRoots.region, region), sql`${unknownRoots.root} IN ${listed(roots)}`));
  return new Map(rows.map(({ root, dueAt }) => [root, dueAt]));
}

/** Has these roots deleted when they are due, or earlier where that was wanted before. */
export async function scheduleDeletion(
  env: Env,
  {
    region,
    roots,
    dueAt,
    audit,
  }: Pick<UnknownRootRow, "region" | "dueAt"> & { roots: readonly string[]; audit: AuditEntry },
): Promise<void> {
  const database = databaseOf(env);
  const rows = roots.map((root) => ({ region, root, dueAt }));
  await database.batch([
    insertRows(database, unknownRoots, rows).onConflictDoUpdate({
      target: [unknownRoots.region, unknownRoots.root],
      set: { dueAt: sql`min(${unknownRoots.dueAt}, excluded.dueAt)` },
    }),
    insertAudit(database, audit),
  ]);
}

/** Roots to be deleted now, longest overdue first. */
export function dueDeletions(env: Env, now: number, limit: number): Promise<UnknownRootRow[]> {
  return databaseOf(env)
    .select()
    .from(unknownRoots)
    .where(lte(unknownRoots.dueAt, now))
    .orderBy(asc(unknownRoots.dueAt))
    .limit(limit);
}

/** They are gone, or known; or, with an audit row, somebody wants to keep them. */
export async function forgetDeletions(
  env: Env,
  region: RegionId,
  roots: readonly string[],
  audit?: AuditEntry,
): Promise<void> {
  const database = databaseOf(env);
  const forget = database
    .delete(unknownRoots)
    .where(and(eq(unknownRoots.region, region), sql`${unknownRoots.root} IN ${listed(roots)}`));
  await database.batch(audit === undefined ? [forget] : [forget, insertAudit(database, audit)]);
}

/** Tried again later: one that fails keeps no other waiting. */
export async function postponeDeletion(env: Env, { region, root }: UnknownRootRow, dueAt: number): Promise<void> {
  await databaseOf(env)
    .update(unknownRoots)
    .set({ dueAt })
    .where(and(eq(unknownRoots.region, region), eq(unknownRoots.root, root)));
}
