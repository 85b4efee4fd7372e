import type { TenantShare } from "@reelway/shared/scheduling/records";
import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { type Database, databaseOf } from "./database.ts";
import type { TenantRow } from "./rows.ts";
import { tenants } from "./schema.ts";

/** Of a tenant, what says how much it may have at once. */
export const shareColumns = { maxRunning: tenants.maxRunning, maxRunningSetAt: tenants.maxRunningSetAt };

/** A tenant's share as queues are told it; undefined where nobody ever said anything of it. */
export function shareOf(
  row: Pick<TenantRow, "maxRunning" | "maxRunningSetAt"> | null | undefined,
): TenantShare | undefined {
  if (!row || row.maxRunningSetAt === null) return undefined;
  return { maxRunning: row.maxRunning, setAt: row.maxRunningSetAt };
}

/** For a batch: one row where the tenant's share was ever set. */
export function selectShare(database: Database, tenantId: string) {
  return database
    .select(shareColumns)
    .from(tenants)
    .where(and(eq(tenants.id, tenantId), isNotNull(tenants.maxRunningSetAt)));
}

/** What a change of the share sets besides: later than the word before, whichever clock it comes from; and yet to be told. */
export function sharesAnew(now: number) {
  return {
    maxRunningSetAt: sql<number>`max(${now}, coalesce(${tenants.maxRunningSetAt}, 0) + 1)`,
    maxRunningUntold: true,
  };
}

/** Tenants whose share not every queue has heard yet: of all, or this one. */
export async function readUntoldShares(env: Env, tenantId?: string) {
  return await databaseOf(env)
    .select({ id: tenants.id, ...shareColumns })
    .from(tenants)
    // In the words of its index.
    .where(and(sql`${tenants.maxRunningUntold} = 1`, tenantId === undefined ? undefined : eq(tenants.id, tenantId)));
}

/** Every queue has heard this word; a newer one is yet to be told. */
export async function markShareTold(env: Env, tenantId: string, { setAt }: TenantShare): Promise<void> {
  await databaseOf(env)
    .update(tenants)
    .set({ maxRunningUntold: false })
    .where(and(eq(tenants.id, tenantId), eq(tenants.maxRunningSetAt, setAt)));
}
