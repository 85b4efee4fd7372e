import { and, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { apiKeys, tenants, users } from "./schema.ts";

const platformTenants = new WeakMap<D1Database, string>();

/** The tenant that runs the installation: its log takes what belongs to no other. Empty before bootstrap. */
export async function platformTenantId(env: Env): Promise<string> {
  const known = platformTenants.get(env.DB);
  if (known) return known;
  const [row] = await databaseOf(env)
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.platform, true))
    .limit(1);
  if (row) platformTenants.set(env.DB, row.id);
  return row?.id ?? "";
}

/** An API key that may do all that an admin may, by nobody's leave and for ever. */
export function standingAdminKey(): SQL | undefined {
  return and(
    eq(apiKeys.role, "admin"),
    isNull(apiKeys.scopes),
    isNull(apiKeys.makerId),
    isNull(apiKeys.revokedAt),
    isNull(apiKeys.expiresAt),
  );
}

/** A user who may do all that an admin may. */
export function standingAdminUser(): SQL | undefined {
  return and(eq(users.role, "admin"), isNull(users.disabledAt));
}

/**
 * Whether somebody else could still run the platform if the key or user with this id could not. Part of the SQL of the
 * change, so that two who remove each other can't both succeed.
 */
export function platformKeepsAdmin(exceptId: string): SQL {
  const ofPlatform = (tenantId: typeof apiKeys.tenantId | typeof users.tenantId) =>
    sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${tenants.id} = ${tenantId} AND ${tenants.platform} = 1)`;
  const key = and(standingAdminKey(), ne(apiKeys.id, exceptId), ofPlatform(apiKeys.tenantId));
  const user = and(standingAdminUser(), ne(users.id, exceptId), ofPlatform(users.tenantId));
  return sql`(EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${key}) OR EXISTS (SELECT 1 FROM ${users} WHERE ${user}))`;
}

export function isPlatformTenant(tenantId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${tenants} WHERE ${and(eq(tenants.id, tenantId), eq(tenants.platform, true))})`;
}
