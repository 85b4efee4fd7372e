import type { SessionTokens } from "@reelway/shared/contracts/session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { AuditEntry, Auditor } from "../audit/audit-entry.ts";
import { hashPassword, isOutdated, verifyNoPassword, verifyPassword } from "../auth/password.ts";
import { firstRefreshToken } from "../auth/refresh-token.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { recordAudit } from "../store/audit-log.ts";
import { platformTenantId } from "../store/platform.ts";
import type { SessionRow, UserRow } from "../store/rows.ts";
import { insertSession } from "../store/sessions.ts";
import { findUserByEmail, upgradeHash } from "../store/users.ts";
import { limitTries } from "./login-limit.ts";
import { tokensOf } from "./tokens-of.ts";

const MAX_USER_AGENT_LENGTH = 300;

export interface Login {
  readonly email: string;
  readonly password: string;
  readonly ip: string | null;
  readonly userAgent: string;
  readonly now: number;
  readonly auditWith: Auditor;
}

/**
 * Begins a session. An unknown address, a wrong password and a disabled account are told apart neither by the answer
 * nor by its time. Throws `login_refused` and `rate_limited`.
 */
export async function login(env: Env, settings: Settings, wanted: Login): Promise<SessionTokens> {
  const { email, password, now, auditWith } = wanted;
  const tries = await limitTries(env, settings, wanted);
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

  const { session, refreshToken } = await newSession(settings, user, wanted);
  const audit = auditWith({ action: "session.create", tenantId: user.tenantId, resource: session.id });
  const by: AuditEntry = { ...audit, actorKind: "user", actorId: user.id };
  // Disabled or demoted between the look and now.
  if (!(await insertSession(env, session, by))) throw new ReelwayError("login_refused");
  return tokensOf(env, settings, { session, user: { ...user, lastLoginAt: now }, refreshToken, now });
}

async function newSession(settings: Settings, user: UserRow, { ip, userAgent, now }: Login) {
  const id = newId("ses");
  const { text, hash } = await firstRefreshToken(settings, id);
  const session: SessionRow = {
    id,
    userId: user.id,
    tenantId: user.tenantId,
    hash,
    previousHash: null,
    userVersion: user.version,
    userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH),
    ip,
    createdAt: now,
    refreshedAt: now,
    expiresAt: now + settings.sessionMs,
    revokedAt: null,
  };
  return { session, refreshToken: text };
}
