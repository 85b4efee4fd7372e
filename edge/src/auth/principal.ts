import type { Permission, Role } from "@reelway/shared/permissions";
import type { RegionId } from "@reelway/shared/regions";

/** Who is asking within one tenant: the holder of an API key, or a user with a session. */
export interface Caller {
  readonly kind: "api_key" | "user";
  /** Of the key or the user. */
  readonly id: string;
  readonly tenantId: string;
  readonly role: Role;
  /** Narrows the role; null for all that the role has. */
  readonly scopes: readonly Permission[] | null;
  /** Their tenant is the one that runs the installation. */
  readonly platform: boolean;
  /** The user whose rights they act with: themself, or the one that a key hangs on. Absent for a key of its own. */
  readonly userId?: string | undefined;
  /** The session that they are signed in by: a user's, or a browser's where a key is used in one. */
  readonly sessionId?: string | undefined;
}

/** Who is asking: a runner with its own credential. It belongs to no tenant. */
export interface RunnerPrincipal {
  readonly kind: "runner";
  readonly id: string;
  readonly name: string;
  readonly region: RegionId;
  /** As registered: a runner can't give itself labels. */
  readonly labels: readonly string[];
  /** An operator wants it to take nothing new. */
  readonly drained: boolean;
  /** Tasks at once that people have set for it; null: as its host says. */
  readonly slots: number | null;
  readonly role: "runner";
  readonly scopes: null;
  readonly platform: false;
}

export type Principal = Caller | RunnerPrincipal;
