import { type Permission, permissionTable, type Role } from "@reelway/shared/permissions";
import type { ApiKeyRow, UserRow } from "../store/rows.ts";
import type { Caller } from "./principal.ts";

/** A key as it is found for authentication. */
export interface FoundKey {
  readonly key: ApiKeyRow;
  readonly platform: boolean;
  /** The user that it hangs on; null for none. */
  readonly maker: UserRow | null;
}

/** Not revoked, not expired, and its maker still there. */
export function isLiveKey({ key, maker }: FoundKey, now: number): boolean {
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return false;
  return key.makerId === null || (maker !== null && maker.disabledAt === null);
}

/** Whoever acts with this key. */
export function callerWithKey({ key, platform, maker }: FoundKey): Caller {
  return {
    kind: "api_key",
    id: key.id,
    tenantId: key.tenantId,
    role: key.role,
    scopes: maker ? withinRole(key.scopes, maker.role) : key.scopes,
    platform,
    userId: key.makerId ?? undefined,
  };
}

/** The scopes of a key whose maker has this role now: a key can't do what its maker can't. */
function withinRole(scopes: readonly Permission[] | null, role: Role): readonly Permission[] {
  return permissionTable[role].filter((permission) => scopes?.includes(permission) ?? true);
}
