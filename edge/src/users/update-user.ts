import type { UserUpdate } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { forgetUser } from "../auth/holders.ts";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import type { UserRow } from "../store/rows.ts";
import { changeUser, findUser } from "../store/users.ts";
import { grantableRoles } from "./grantable-roles.ts";

export interface UserUpdating {
  readonly caller: Caller;
  readonly tenantId: string;
  readonly userId: string;
  readonly wanted: z.output<typeof UserUpdate>;
  readonly now: number;
  readonly audits: readonly AuditEntry[];
}

/**
 * Changes a user's name, role or standing. Throws `not_found`, `forbidden` for a role (theirs or the new one) above the
 * caller's own rights, and `last_admin`.
 */
export async function updateUser(
  env: Env,
  { caller, tenantId, userId, wanted, now, audits }: UserUpdating,
): Promise<UserRow> {
  const within = grantableRoles(caller);
  if (wanted.role !== undefined && !within.includes(wanted.role)) {
    if (!(await findUser(env, tenantId, userId))) throw new ReelwayError("not_found");
    throw new ReelwayError("forbidden", "Nobody can grant more than they have themselves");
  }
  const { user, changed } = await changeUser(env, tenantId, userId, { ...wanted, within, now }, audits);
  if (!user) throw new ReelwayError("not_found");
  forgetUser(userId);
  if (changed) return user;
  if (!within.includes(user.role))
    throw new ReelwayError("forbidden", `A ${user.role} has rights that you don't have yourself`);
  throw new ReelwayError("last_admin");
}
