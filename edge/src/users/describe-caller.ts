import type { Me } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isAllowed, Permission } from "@reelway/shared/permissions";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { findApiKey } from "../store/api-keys.ts";
import { findUser } from "../store/users.ts";

/** Who a caller is, with every permission that they have. */
export async function describeCaller(env: Env, caller: Caller): Promise<Me> {
  const { kind, id, tenantId, platform, role } = caller;
  const permissions = Permission.options.filter((permission) => isAllowed(caller, permission));
  const who = { kind, id, tenantId, platform, role, permissions };
  if (kind === "user") {
    const user = await findUser(env, tenantId, id);
    if (!user) throw new ReelwayError("unauthenticated");
    return { ...who, email: user.email, name: user.name };
  }
  const key = await findApiKey(env, tenantId, id);
  if (!key) throw new ReelwayError("unauthenticated");
  return { ...who, email: null, name: key.name };
}
