import type { Permission } from "@reelway/shared/permissions";
import type { IconName } from "../parts/icon.tsx";

export interface RailEntry {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  /** Shown to those who may do one of these. */
  readonly needs: readonly Permission[];
  /** The second key after `g`. */
  readonly key: string;
}

/** The rooms of the page, in their order. */
export const railEntries: readonly RailEntry[] = [
  { to: "/", label: "Convert", icon: "convert", needs: ["jobs:write"], key: "c" },
  { to: "/jobs", label: "Jobs", icon: "jobs", needs: ["jobs:read"], key: "j" },
  { to: "/fleet", label: "Fleet", icon: "fleet", needs: ["runners:read"], key: "f" },
  {
    to: "/admin",
    label: "Admin",
    icon: "admin",
    needs: ["users:read", "keys:read", "webhooks:read", "usage:read", "audit:read", "tenants:read"],
    key: "a",
  },
];

/** Who may not see the fleet comes to the dead letters from their jobs. */
export function isDeadLetters(place: string): boolean {
  return place === "/fleet/dead-letters" || place.startsWith("/fleet/dead-letters/");
}
