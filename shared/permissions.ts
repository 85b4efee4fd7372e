import { z } from "zod";

/** Roles of an API key. `operator` runs the fleet; `runner` is held by runner credentials only. */
export const Role = z.enum(["admin", "operator", "member", "viewer", "runner"]);
export type Role = z.infer<typeof Role>;

/** What an operation asks for: each API route names exactly one. */
export const Permission = z.enum([
  "assets:read",
  "assets:write",
  "jobs:read",
  "jobs:write",
  "keys:read",
  "keys:write",
  "tenants:read",
  "tenants:write",
  "runners:read",
  "runners:write",
  "work:lease",
]);
export type Permission = z.infer<typeof Permission>;

/** The permission table. The API and its tests read it; nothing else decides. */
export const permissionTable: Readonly<Record<Role, readonly Permission[]>> = {
  admin: Permission.options.filter((permission) => permission !== "work:lease"),
  operator: ["assets:read", "jobs:read", "runners:read", "runners:write", "tenants:read"],
  member: ["assets:read", "assets:write", "jobs:read", "jobs:write", "runners:read"],
  viewer: ["assets:read", "jobs:read"],
  runner: ["work:lease"],
};

/**
 * Permissions over the installation rather than over a tenant's own things. They hold only for keys of the platform
 * tenant, the one that bootstrap makes: the admin of another tenant can't touch the fleet or other tenants.
 */
export const platformPermissions: readonly Permission[] = [
  "tenants:read",
  "tenants:write",
  "runners:read",
  "runners:write",
];

export function isAllowed(who: { role: Role; platform: boolean }, permission: Permission): boolean {
  if (platformPermissions.includes(permission) && !who.platform) return false;
  return permissionTable[who.role].includes(permission);
}

/** Nobody grants more than their own role has. */
export function mayGrant(granter: Role, granted: Role): boolean {
  return permissionTable[granted].every((permission) => permissionTable[granter].includes(permission));
}
