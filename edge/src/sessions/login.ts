import type { SessionTokens } from "@reelway/shared/contracts/session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import { firstRefreshToken } from "../auth/refresh-token.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import type { SessionRow, UserRow } from "../store/rows.ts";
import { insertSession } from "../store/sessions.ts";
import { type PasswordTry, provePassword } from "./prove-password.ts";
import { tokensOf } from "./tokens-of.ts";
import { shortUserAgent } from "./user-agent.ts";

export interface Login extends PasswordTry {
  readonly userAgent: string;
}

/** Begins a session with tokens. Throws `login_refused` and `rate_limited`. */
export async function login(env: Env, settings: Settings, wanted: Login): Promise<SessionTokens> {
  const { now, auditWith } = wanted;
  const user = await provePassword(env, settings, wanted);
  const { session, refreshToken } = await newSession(settings, user, wanted);
  const audit = auditWith({ action: "session.create", tenantId: user.tenantId, resource: session.id });
  // Disabled or demoted between the look and now.
  if (!(await insertSession(env, session, { ...audit, actorKind: "user", actorId: user.id })))
    throw new ReelwayError("login_refused");
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
    userAgent: shortUserAgent(userAgent),
    ip,
    createdAt: now,
    refreshedAt: now,
    expiresAt: now + settings.sessionMs,
    revokedAt: null,
    browser: false,
    keyId: null,
    parentId: null,
  };
  return { session, refreshToken: text };
}
