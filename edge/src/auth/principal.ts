import type { Role } from "@reelway/shared/permissions";
import type { RegionId } from "@reelway/shared/regions";

/** Who is asking: the holder of an API key, within one tenant. */
export interface ApiKeyPrincipal {
  readonly kind: "api_key";
  readonly id: string;
  readonly tenantId: string;
  readonly role: Role;
  /** The key belongs to the tenant that runs the installation. */
  readonly platform: boolean;
}

/** Who is asking: a runner with its own credential. It belongs to no tenant. */
export interface RunnerPrincipal {
  readonly kind: "runner";
  readonly id: string;
  readonly name: string;
  readonly region: RegionId;
  /** As registered: a runner can't give itself labels. */
  readonly labels: readonly string[];
  readonly role: "runner";
  readonly platform: false;
}

export type Principal = ApiKeyPrincipal | RunnerPrincipal;
