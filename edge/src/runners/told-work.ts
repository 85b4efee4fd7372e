import type { RunnerLease, RunnerFailure as ToldFailure } from "@reelway/shared/contracts/runner";
import type { RunnerFailure } from "@reelway/shared/scheduling/records";
import type { Caller } from "../auth/principal.ts";
import { seesAllTenants } from "../auth/sees-all-tenants.ts";
import type { LeaseStanding } from "../objects/region-queue-messages.ts";

/** What runners work on, of all shards, longest first, as this caller may know it. */
export function toldLeases(caller: Caller, leases: readonly LeaseStanding[]): RunnerLease[] {
  return leases
    .toSorted((a, b) => a.leasedAt - b.leasedAt)
    .map(({ part, attempt, leasedAt, expiresAt, ...work }) => {
      return { ...whoseFor(caller, work), part, attempt, startedAt: leasedAt, expiresAt };
    });
}

/** How attempts ended badly, newest first, as this caller may know it. */
export function toldFailures(caller: Caller, failures: readonly RunnerFailure[]): ToldFailure[] {
  return failures.toReversed().map(({ part, at, code, ...work }) => ({ ...whoseFor(caller, work), part, at, code }));
}

/** Another tenant's work is somebody's work, and no more than that, to those who may not see all tenants. */
function whoseFor(caller: Caller, { jobId, tenantId }: { readonly jobId: string; readonly tenantId: string }) {
  return seesAllTenants(caller) || tenantId === caller.tenantId ? { jobId, tenantId } : { jobId: null, tenantId: null };
}
