import type { ApiKey } from "@reelway/shared/contracts/api-key";
import type { Tenant } from "@reelway/shared/contracts/tenant";
import type { ApiKeyRow, TenantRow } from "../store/rows.ts";

/** A tenant as the API shows it. */
export function presentTenant(tenant: TenantRow): Tenant {
  const { id, name, platform, allowedRegions, maxRunning, createdAt } = tenant;
  const { sourceRetentionDays, outputRetentionDays } = tenant;
  const { budgetJobs: jobsPerDay, budgetWorkMinutes: workMinutesPerDay, budgetBytes: bytesPerDay } = tenant;
  const budget = { jobsPerDay, workMinutesPerDay, bytesPerDay };
  const kept = { sourceRetentionDays, outputRetentionDays };
  return { id, name, platform, allowedRegions, ...kept, maxRunning, budget, createdAt };
}

/** An API key as the API shows it: never its hash. */
export function presentApiKey({ hash: _, ...shown }: ApiKeyRow): ApiKey {
  return shown;
}
