import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import type { RegionId } from "@reelway/shared/regions";
import { and, desc, eq, gte, isNotNull, isNull, like, lt, or, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { insertRows, listed } from "./insert-rows.ts";
import type { JobRow } from "./rows.ts";
import { assets, auditLog, jobs } from "./schema.ts";

export interface DeadLetterFilters {
  readonly code?: ErrorCode | undefined;
  readonly preset?: string | undefined;
  readonly region?: RegionId | undefined;
  readonly since?: number | undefined;
  readonly discarded?: boolean;
}

/** Failed jobs, newest first, after the one with this id: of one tenant, or with null of all. */
export function listDeadLetters(
  env: Env,
  tenantId: string | null,
  { code, preset, region, since, discarded = false }: DeadLetterFilters,
  afterId: string | undefined,
  limit: number,
): Promise<JobRow[]> {
  const conditions = [
    isDead(tenantId),
    discarded ? isNotNull(jobs.discardedAt) : isNull(jobs.discardedAt),
    code === undefined ? undefined : eq(sql`${jobs.error} ->> '$.code'`, code),
    preset === undefined ? undefined : ofPreset(preset),
    region === undefined ? undefined : eq(jobs.region, region),
    since === undefined ? undefined : gte(jobs.finishedAt, since),
    afterId === undefined ? undefined : lt(jobs.id, afterId),
  ];
  return databaseOf(env)
    .select()
    .from(jobs)
    .where(and(...conditions))
    .orderBy(desc(jobs.id))
    .limit(limit);
}

/** The failed jobs among these. */
export function findDeadLetters(env: Env, tenantId: string | null, ids: readonly string[]): Promise<JobRow[]> {
  return databaseOf(env)
    .select()
    .from(jobs)
    .where(and(isDead(tenantId), sql`${jobs.id} IN ${listed(ids)}`));
}

/** What the sources of these jobs are called, by the sources' ids: their own tenants' alone. */
export async function sourceNamesOf(
  env: Env,
  found: readonly Pick<JobRow, "assetId" | "tenantId">[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(found.map(({ assetId }) => assetId))];
  const tenants = [...new Set(found.map(({ tenantId }) => tenantId))];
  const named = await databaseOf(env)
    .select({ id: assets.id, name: assets.name })
    .from(assets)
    .where(and(sql`${assets.tenantId} IN ${listed(tenants)}`, sql`${assets.id} IN ${listed(ids)}`));
  return new Map(named.map(({ id, name }) => [id, name]));
}

/**
 * Marks failed jobs as seen to, each with its audit row, in one transaction; answers those that are so now, whoever did it.
 * The audit rows go first: they see what the update is about to change, and nobody comes between.
 */
export async function markDiscarded(
  env: Env,
  tenantId: string | null,
  ids: readonly string[],
  now: number,
  audit: readonly AuditEntry[],
): Promise<Set<string>> {
  const database = databaseOf(env);
  const fresh = and(isDead(tenantId), isNull(jobs.discardedAt), sql`${jobs.id} IN ${listed(ids)}`);
  const [, , discarded] = await database.batch([
    insertRows(
      database,
      auditLog,
      audit,
      sql`value ->> '$.resource' IN (SELECT ${jobs.id} FROM ${jobs} WHERE ${fresh})`,
    ),
    database.update(jobs).set({ discardedAt: now }).where(fresh),
    database
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(isDead(tenantId), isNotNull(jobs.discardedAt), sql`${jobs.id} IN ${listed(ids)}`)),
  ]);
  return new Set(discarded.map(({ id }) => id));
}

function isDead(tenantId: string | null): SQL | undefined {
  return and(eq(jobs.state, "failed"), tenantId === null ? undefined : eq(jobs.tenantId, tenantId));
}

/** `name@version`, or a name for all versions of it. */
function ofPreset(preset: string): SQL | undefined {
  const anyVersion = `${preset.replace(/[\\%_]/g, "\\$&")}@%`;
  return or(eq(jobs.preset, preset), sql`${like(jobs.preset, anyVersion)} ESCAPE '\\'`);
}
