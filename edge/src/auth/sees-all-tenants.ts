import type { Caller } from "./principal.ts";

/** Who runs the installation: admins and operators of the platform tenant. */
export function seesAllTenants({ platform, role }: Caller): boolean {
  return platform && (role === "admin" || role === "operator");
}
