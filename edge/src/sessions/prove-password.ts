import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Auditor } from "../audit/audit-entry.ts";
import { hashPassword, isOutdated, verifyNoPassword, verifyPassword } from "../auth/password.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { recordAudit } from "../store/audit-log.ts";
import { platformTenantId } from "../store/platform.ts";
import type { UserRow } from "../store/rows.ts";
import { findUserByEmail, upgradeHash } from "../store/users.ts";
import { limitTries } from "./login-limit.ts";

export interface PasswordTry {
  readonly email: string;
  readonly password: string;
  readonly ip: string | null;
  readonly now: number;
  readonly auditWith: Auditor;
}

/**
 * The user of this address and password. An unknown address, a wrong password and a disabled account are told apart
 * neither by the answer nor by its time. Throws `login_refused` and `rate_limited`.
 */
export async function provePassword(env: Env, settings: Settings, tried: PasswordTry): Promise<UserRow> {
  const { email, password, auditWith } = tried;
  const tries = await limitTries(env, settings, tried);
  const user = await findUserByEmail(env, email);
  const right = user ? await verifyPassword(password, user.passwordHash) : await verifyNoPassword(password);
  if (!user || !right || user.disabledAt !== null) {
    const reason = !user ? "unknown_account" : right ? "disabled" : "wrong_password";
    const tenantId = user?.tenantId ?? (await platformTenantId(env));
    await recordAudit(env, auditWith({ action: "session.refuse", tenantId, resource: user?.id, detail: { reason } }));
    throw new ReelwayError("login_refused");
  }
  await tries.succeeded();
  if (isOutdated(user.passwordHash)) await upgradeHash(env, user, await hashPassword(password));
  return user;
}
