import { z } from "zod";

/** Roles of users and API keys. `operator` runs the fleet; `runner` is held by runner credentials only. */
export const Role = z.enum(["admin", "operator", "member", "viewer", "runner"]);
export type Role = z.infer<typeof Role>;

/** What an operation asks for: each API route names exactly one. */
export const Permission = z.enum([
  "assets:read",
  "assets:write",
  "jobs:read",
  "jobs:write",
  "events:read",
  "webhooks:read",
  "webhooks:write",
  "connections:read",
  "connections:write",
  "keys:read",
  "keys:write",
  "users:read",
  "users:write",
  "audit:read",
  "usage:read",
  "tenants:read",
  "tenants:write",
  "runners:read",
  "runners:write",
  "regions:write",
  "dead-letters:read",
  "dead-letters:write",
  "dead-messages:read",
  "dead-messages:write",
  "breakers:read",
  "breakers:write",
  "metrics:read",
  "storage:read",
  "storage:write",
  "work:lease",
]);
export type Permission = z.infer<typeof Permission>;

/** The permission table. The API and its tests read it; nothing else decides. */
export const permissionTable: Readonly<Record<Role, readonly Permission[]>> = {
  admin: Permission.options.filter((permission) => permission !== "work:lease"),
  operator: [
    "assets:read",
    "jobs:read",
    "events:read",
    "usage:read",
    "tenants:read",
    "runners:read",
    "runners:write",
    "regions:write",
    "dead-letters:read",
    "dead-letters:write",
    "dead-messages:read",
    "dead-messages:write",
    "breakers:read",
    "breakers:write",
    "metrics:read",
    "storage:read",
  ],
  member: [
    "assets:read",
    "assets:write",
    "jobs:read",
    "jobs:write",
    "events:read",
    "webhooks:read",
    "webhooks:write",
    "connections:read",
    "usage:read",
    "dead-letters:read",
    "dead-letters:write",
    "runners:read",
  ],
  viewer: ["assets:read", "jobs:read", "events:read", "dead-letters:read"],
  runner: ["work:lease"],
};

/**
 * Permissions over the installation rather than over a tenant's own things. They hold only within the platform tenant,
 * the one that bootstrap makes: the admin of another tenant can't touch the fleet or other tenants.
 */
export const platformPermissions: readonly Permission[] = [
  "tenants:read",
  "tenants:write",
  "runners:read",
  "runners:write",
  "regions:write",
  "dead-messages:read",
  "dead-messages:write",
  "breakers:read",
  "breakers:write",
  "metrics:read",
  "storage:read",
  "storage:write",
];

export interface Grantee {
  readonly role: Role;
  /** Of the tenant that runs the installation. */
  readonly platform: boolean;
  /** Narrows the role; null for all that the role has. */
  readonly scopes: readonly Permission[] | null;
}

export function isAllowed({ role, platform, scopes }: Grantee, permission: Permission): boolean {
  if (platformPermissions.includes(permission) && !platform) return false;
  if (scopes !== null && !scopes.includes(permission)) return false;
  return permissionTable[role].includes(permission);
}

/** Nobody grants more than they have themselves. */
export function mayGrant(
  granter: Pick<Grantee, "role" | "scopes">,
  granted: Pick<Grantee, "role" | "scopes">,
): boolean {
  const wanted = permissionTable[granted.role].filter((permission) => granted.scopes?.includes(permission) ?? true);
  return wanted.every(
    (permission) =>
      permissionTable[granter.role].includes(permission) && (granter.scopes?.includes(permission) ?? true),
  );
}
