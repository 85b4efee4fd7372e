import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { TenantRow } from "../store/rows.ts";
import { findTenant, insertTenant } from "../store/tenants.ts";

/** What a tenant has until somebody says otherwise. */
export const noRules = {
  allowedRegions: null,
  sourceRetentionDays: null,
  outputRetentionDays: null,
  maxRunning: null,
  maxRunningSetAt: null,
  maxRunningUntold: false,
  budgetJobs: null,
  budgetWorkMinutes: null,
  budgetBytes: null,
};

interface TenantCreation {
  readonly name: string;
  readonly now: number;
  readonly request: IdempotentRequest | undefined;
  /** The line for the audit log, once the tenant's id is known. */
  readonly auditWith: (tenantId: string) => AuditEntry;
}

/** Makes a tenant, or finds the one that the same request made before. */
export async function createTenant(
  env: Env,
  { name, now, request, auditWith }: TenantCreation,
): Promise<{ tenant: TenantRow; replayed: boolean }> {
  const tenant: TenantRow = { id: newId("ten"), name, platform: false, ...noRules, createdAt: now };
  const claim = request && { ...request, resourceId: tenant.id, createdAt: now };
  const holder = await insertTenant(env, tenant, auditWith(tenant.id), claim);
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined || existingId === tenant.id) return { tenant, replayed: false };
  const existing = await findTenant(env, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { tenant: existing, replayed: true };
}
