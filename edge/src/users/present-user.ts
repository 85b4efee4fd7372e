import type { User } from "@reelway/shared/contracts/user";
import type { UserRow } from "../store/rows.ts";

/** A user as the API shows them: never the hash of their password. */
export function presentUser({ passwordHash: _, version: __, ...shown }: UserRow): User {
  return shown;
}
