import type { RegionId } from "@reelway/shared/regions";
import { sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { assets, jobParts, jobs, storageSweeps } from "./schema.ts";

/**
 * Those of a tenant's storage roots (`t/<tenant>/<128 random bits>`) that no record names: no source that is not erased, no
 * run or result of a job whose outputs are not, no part of a stream, and no sweep that is yet to come. In doubt it is known.
 */
export async function unknownRoots(env: Env, tenantId: string, roots: readonly string[]): Promise<string[]> {
  const [first] = roots;
  if (first === undefined) return [];
  const rootOf = (column: unknown) => sql`substr(${column}, 1, ${first.length})`;
  const below = `t/${tenantId}/`;
  const rows = await databaseOf(env).all<{ root: string }>(sql`
    SELECT value AS root FROM json_each(${JSON.stringify(roots)}) WHERE value NOT IN (
      SELECT ${jobs.storageRoot} FROM ${jobs} WHERE ${jobs.tenantId} = ${tenantId} AND ${jobs.outputsErasedAt} IS NULL
      UNION SELECT ${rootOf(sql`${jobs.manifest} ->> '$.prefix'`)} FROM ${jobs}
        WHERE ${jobs.tenantId} = ${tenantId} AND ${jobs.outputsErasedAt} IS NULL AND ${jobs.manifest} IS NOT NULL
      UNION SELECT ${rootOf(assets.storageKey)} FROM ${assets}
        WHERE ${assets.tenantId} = ${tenantId} AND ${assets.erasedAt} IS NULL
      UNION SELECT ${rootOf(jobParts.prefix)} FROM ${jobs} JOIN ${jobParts} ON ${jobParts.jobId} = ${jobs.id}
        WHERE ${jobs.tenantId} = ${tenantId}
      UNION SELECT ${rootOf(storageSweeps.prefix)} FROM ${storageSweeps}
        WHERE ${storageSweeps.prefix} >= ${below} AND ${storageSweeps.prefix} < ${`${below.slice(0, -1)}0`})`);
  return rows.map(({ root }) => root);
}

/** Has the next sweeps delete all that lies below these roots. */
export async function scheduleRootSweeps(
  env: Env,
  { region, roots, audit, now }: { region: RegionId; roots: readonly string[]; audit: AuditEntry; now: number },
): Promise<void> {
  const database = databaseOf(env);
  const sweep = { region, keepPrefix: null, uploadId: null, assetId: null, streamJobId: null, dueAt: now, passes: 0 };
  const rows = roots.map((root) => ({ ...sweep, prefix: `${root}/` }));
  await database.batch([insertRows(database, storageSweeps, rows).onConflictDoNothing(), insertAudit(database, audit)]);
}
