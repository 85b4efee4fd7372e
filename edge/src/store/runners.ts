import type { RunnerChanges } from "@reelway/shared/contracts/runner";
import type { RegionId } from "@reelway/shared/regions";
import { and, desc, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import type { RunnerRow } from "./rows.ts";
import { runners } from "./schema.ts";

export interface RunnerFilters {
  readonly region?: RegionId | undefined;
  /** Those that are revoked, or the others; both where it says nothing. */
  readonly revoked?: "true" | "false" | undefined;
}

/** Newest first, after the runner with this id. The fleet is the platform's: runners belong to no tenant. */
export function listRunnerRows(
  env: Env,
  { region, revoked }: RunnerFilters,
  afterId: string | undefined,
  limit: number,
): Promise<RunnerRow[]> {
  const ofState = { true: isNotNull(runners.revokedAt), false: isNull(runners.revokedAt) };
  return databaseOf(env)
    .select()
    .from(runners)
    .where(
      and(
        region && eq(runners.region, region),
        revoked && ofState[revoked],
        afterId === undefined ? undefined : lt(runners.id, afterId),
      ),
    )
    .orderBy(desc(runners.id))
    .limit(limit);
}

export async function findRunnerRow(env: Env, id: string): Promise<RunnerRow | undefined> {
  const [row] = await databaseOf(env).select().from(runners).where(eq(runners.id, id)).limit(1);
  return row;
}

/** Whether there is such a runner; a second revocation changes nothing. */
export async function markRevoked(env: Env, id: string, now: number, audit: AuditEntry): Promise<boolean> {
  const database = databaseOf(env);
  const live = and(eq(runners.id, id), isNull(runners.revokedAt));
  const [, , found] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${runners} WHERE ${live})`),
    database.update(runners).set({ revokedAt: now }).where(live),
    database.select({ id: runners.id }).from(runners).where(eq(runners.id, id)),
  ]);
  return found.length > 0;
}

/** Whether there is such a runner that is not revoked. */
export async function changeRunner(
  env: Env,
  id: string,
  { name, labels, slots }: RunnerChanges,
  audit: AuditEntry,
): Promise<boolean> {
  const database = databaseOf(env);
  const live = and(eq(runners.id, id), isNull(runners.revokedAt));
  const [, , found] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${runners} WHERE ${live})`),
    database
      .update(runners)
      .set({
        ...(name !== undefined && { name }),
        ...(labels !== undefined && { labels: [...new Set(labels)] }),
        ...(slots !== undefined && { slots }),
      })
      .where(live),
    database.select({ id: runners.id }).from(runners).where(live),
  ]);
  return found.length > 0;
}

/** Since when it is drained, or null where it works again. Whether there is such a runner; a repeat changes nothing. */
export async function markDrained(env: Env, id: string, drainedAt: number | null, audit: AuditEntry): Promise<boolean> {
  const database = databaseOf(env);
  const live = and(eq(runners.id, id), isNull(runners.revokedAt));
  const changes = and(live, drainedAt === null ? isNotNull(runners.drainedAt) : isNull(runners.drainedAt));
  const [, , found] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${runners} WHERE ${changes})`),
    database.update(runners).set({ drainedAt }).where(changes),
    database.select({ id: runners.id }).from(runners).where(live),
  ]);
  return found.length > 0;
}
