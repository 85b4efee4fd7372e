import { mayGrant, Role } from "@reelway/shared/permissions";
import type { Caller } from "../auth/principal.ts";

/** The roles that this caller may give and take: those with nothing beyond the caller's own rights. */
export function grantableRoles(caller: Caller): Role[] {
  return Role.exclude(["runner"]).options.filter((role) => mayGrant(caller, { role, scopes: null }));
}
