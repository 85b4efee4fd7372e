import type { Permission } from "@reelway/shared/permissions";
import type { IconName } from "../parts/icon.tsx";

export interface RailEntry {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
  /** Shown to those who may do this. */
  readonly needs: Permission;
  /** The second key after `g`. */
  readonly key: string;
}

/** The rooms of the page, in their order. */
export const railEntries: readonly RailEntry[] = [
  { to: "/", label: "Convert", icon: "convert", needs: "jobs:write", key: "c" },
  { to: "/jobs", label: "Jobs", icon: "jobs", needs: "jobs:read", key: "j" },
];
