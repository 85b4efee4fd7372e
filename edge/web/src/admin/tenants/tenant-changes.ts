import type { Budget, Tenant, TenantUpdate } from "@reelway/shared/contracts/tenant";
import type { z } from "zod";

/** What the form can say of a tenant. Null: everywhere, for ever, or without a limit. */
export type TenantFields = Pick<
  Tenant,
  "name" | "allowedRegions" | "sourceRetentionDays" | "outputRetentionDays" | "maxRunning" | "budget"
>;

/** What the form says otherwise than the tenant is: what others changed meanwhile stays as it is. */
export function tenantChanges(before: TenantFields, wanted: TenantFields): z.input<typeof TenantUpdate> {
  const { name, allowedRegions, sourceRetentionDays, outputRetentionDays, maxRunning } = wanted;
  const budget = budgetChanges(before.budget, wanted.budget);
  return {
    ...(name !== before.name && { name }),
    ...(!isSameSet(allowedRegions, before.allowedRegions) && { allowedRegions }),
    ...(sourceRetentionDays !== before.sourceRetentionDays && { sourceRetentionDays }),
    ...(outputRetentionDays !== before.outputRetentionDays && { outputRetentionDays }),
    ...(maxRunning !== before.maxRunning && { maxRunning }),
    ...(Object.keys(budget).length > 0 && { budget }),
  };
}

function budgetChanges(before: Budget, { jobsPerDay, workMinutesPerDay, bytesPerDay }: Budget): Partial<Budget> {
  return {
    ...(jobsPerDay !== before.jobsPerDay && { jobsPerDay }),
    ...(workMinutesPerDay !== before.workMinutesPerDay && { workMinutesPerDay }),
    ...(bytesPerDay !== before.bytesPerDay && { bytesPerDay }),
  };
}

/** Whether something that is kept now will be deleted sooner. */
export function keepsLess(before: TenantFields, wanted: TenantFields): boolean {
  return (
    lasting(wanted.sourceRetentionDays) < lasting(before.sourceRetentionDays) ||
    lasting(wanted.outputRetentionDays) < lasting(before.outputRetentionDays)
  );
}

function lasting(days: number | null): number {
  return days ?? Number.POSITIVE_INFINITY;
}

function isSameSet(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return new Set(a).symmetricDifference(new Set(b)).size === 0;
}
