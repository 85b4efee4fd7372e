import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Caller } from "../auth/principal.ts";
import { seesAllTenants } from "../auth/sees-all-tenants.ts";

/**
 * Whose dead letters a request is about; null for everybody's. Who runs the installation (admins and operators of the
 * platform tenant) may name a tenant or none; all others have their own. Throws `forbidden`.
 */
export function deadLetterScope(caller: Caller, named: string | undefined): string | null {
  if (seesAllTenants(caller)) return named ?? null;
  if (named !== undefined && named !== caller.tenantId)
    throw new ReelwayError("forbidden", "Only platform admins and operators may name another tenant");
  return caller.tenantId;
}
