import type { Budget } from "@reelway/shared/contracts/tenant";
import { desc, eq, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { ApiKeyRow, TenantRow } from "./rows.ts";
import { apiKeys, tenants } from "./schema.ts";
import { sharesAnew } from "./tenant-shares.ts";

/** Makes the platform tenant with its first key, unless there is one: the condition is in the SQL, so once is once. */
export async function insertPlatform(
  env: Env,
  tenant: TenantRow,
  key: ApiKeyRow,
  audit: AuditEntry,
): Promise<"made" | "exists"> {
  const database = databaseOf(env);
  const none = sql`NOT EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.platform} = 1)`;
  const ours = sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${tenant.id})`;
  const [, , , made] = await database.batch([
    insertWhere(database, tenants, tenant, none),
    insertWhere(database, apiKeys, key, ours),
    insertAudit(database, audit, ours),
    database.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, tenant.id)),
  ]);
  return made.length > 0 ? "made" : "exists";
}

/** Stores a tenant, or nothing when the idempotency key is another's; answers who holds the key. */
export async function insertTenant(env: Env, tenant: TenantRow, audit: AuditEntry, claim?: IdempotencyRow) {
  const database = databaseOf(env);
  if (!claim) {
    await database.batch([database.insert(tenants).values(tenant), insertAudit(database, audit)]);
    return undefined;
  }
  const [, , , [holder]] = await database.batch([
    claimKey(database, claim),
    insertWhere(database, tenants, tenant, holdsKey(claim)),
    insertAudit(database, audit, holdsKey(claim)),
    keyHolder(database, claim),
  ]);
  return holder;
}

/** What is absent stays as it is. */
export type TenantChanges = {
  readonly [Field in "name" | "allowedRegions" | "sourceRetentionDays" | "outputRetentionDays" | "maxRunning"]?:
    | TenantRow[Field]
    | undefined;
} & { readonly budget?: { readonly [Field in keyof Budget]?: Budget[Field] | undefined } | undefined };

/** Changes what is named of a tenant. Answers it as it is now; undefined when there is none. */
export async function updateTenant(
  env: Env,
  id: string,
  { budget = {}, ...changes }: TenantChanges,
  now: number,
  audit: AuditEntry,
): Promise<TenantRow | undefined> {
  const database = databaseOf(env);
  const [, [updated]] = await database.batch([
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${id})`),
    database
      .update(tenants)
      .set({
        ...changes,
        budgetJobs: budget.jobsPerDay,
        budgetWorkMinutes: budget.workMinutesPerDay,
        budgetBytes: budget.bytesPerDay,
        ...(changes.maxRunning !== undefined && sharesAnew(now)),
      })
      .where(eq(tenants.id, id))
      .returning(),
  ]);
  return updated;
}

export async function findTenant(env: Env, id: string): Promise<TenantRow | undefined> {
  const [row] = await databaseOf(env).select().from(tenants).where(eq(tenants.id, id)).limit(1);
  return row;
}

/** Newest first, after the tenant with this id. For the platform's own people: tenants belong to no tenant. */
export function listTenants(env: Env, afterId: string | undefined, limit: number): Promise<TenantRow[]> {
  return databaseOf(env)
    .select()
    .from(tenants)
    .where(afterId === undefined ? undefined : lt(tenants.id, afterId))
    .orderBy(desc(tenants.id))
    .limit(limit);
}
