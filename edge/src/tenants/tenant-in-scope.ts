import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Caller } from "../auth/principal.ts";

/** The tenant that a request is about: the caller's own, or the one named by a platform admin. Throws `forbidden`. */
export function tenantInScope(caller: Caller, named: string | undefined): string {
  if (named === undefined || named === caller.tenantId) return caller.tenantId;
  if (!caller.platform || caller.role !== "admin")
    throw new ReelwayError("forbidden", "Only platform admins may name another tenant");
  return named;
}
