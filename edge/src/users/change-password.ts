import type { PasswordChange } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { forgetUser } from "../auth/holders.ts";
import { hashPassword, verifyPassword } from "../auth/password.ts";
import type { Env } from "../env.ts";
import { invalidField } from "../http/invalid-field.ts";
import { limitTries } from "../sessions/login-limit.ts";
import type { Settings } from "../settings.ts";
import { findUser, replacePassword } from "../store/users.ts";

export interface PasswordChanging {
  readonly tenantId: string;
  readonly userId: string;
  /** The session that asks: the only one that lives on. */
  readonly sessionId: string;
  readonly wanted: PasswordChange;
  readonly ip: string | null;
  readonly now: number;
  readonly audit: AuditEntry;
}

/**
 * Changes one's own password and ends one's other sessions. Throws `invalid_request` for a wrong old one, which counts
 * as a failed login, and `rate_limited`.
 */
export async function changePassword(
  env: Env,
  settings: Settings,
  { tenantId, userId, sessionId, wanted, ip, now, audit }: PasswordChanging,
): Promise<void> {
  const user = await findUser(env, tenantId, userId);
  if (!user) throw new ReelwayError("not_found");
  const tries = await limitTries(env, settings, { email: user.email, ip, now });
  if (!(await verifyPassword(wanted.currentPassword, user.passwordHash))) throw wrongPassword();
  await tries.succeeded();
  const changed = await replacePassword(env, user, await hashPassword(wanted.newPassword), sessionId, audit);
  if (!changed) throw new ReelwayError("session_refused");
  forgetUser(userId);
}

function wrongPassword(): ReelwayError {
  return invalidField("currentPassword", "is not your password");
}
