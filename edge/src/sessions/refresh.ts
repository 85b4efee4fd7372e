import type { SessionTokens } from "@reelway/shared/contracts/session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Auditor } from "../audit/audit-entry.ts";
import { type Credential, parseCredential, verifyCredential } from "../auth/credentials.ts";
import { forgetUser } from "../auth/holders.ts";
import { isOfSession, nextRefreshToken } from "../auth/refresh-token.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import type { SessionRow } from "../store/rows.ts";
import { findSessionForAuth, isLive, revokeSession, rotateRefreshToken } from "../store/sessions.ts";
import { tokensOf } from "./tokens-of.ts";

export interface Refresh {
  readonly refreshToken: string;
  readonly now: number;
  readonly auditWith: Auditor;
}

/**
 * Exchanges a refresh token for the next one and a new access token. The same token shown twice within a few seconds
 * gets the same answer, as two tabs of one browser need it; shown later, somebody else has a copy of it, and the
 * session ends for both. Throws `session_refused`.
 */
export async function refreshSession(
  env: Env,
  settings: Settings,
  { refreshToken, now, auditWith }: Refresh,
): Promise<SessionTokens> {
  const credential = parseCredential(settings, refreshToken);
  if (credential?.kind !== "refresh_token") throw new ReelwayError("session_refused");
  // Before any read: a guess names a session without our mark in it.
  if (!(await isOfSession(settings, credential.id, credential.secret))) throw new ReelwayError("session_refused");

  const next = await nextRefreshToken(settings, credential.id, credential.secret);
  const found = await findSessionForAuth(env, credential.id);
  if (!found || !isLive(found.session, found.user, now)) throw new ReelwayError("session_refused");
  const rotated =
    (await verifyCredential(settings, credential, found.session.hash)) &&
    (await rotateRefreshToken(env, { id: credential.id, hash: found.session.hash, nextHash: next.hash, now }));
  // Whoever lost the race reads what the winner wrote.
  const current = rotated ? found : await findSessionForAuth(env, credential.id);
  if (!current || !isLive(current.session, current.user, now)) throw new ReelwayError("session_refused");
  const { session, user } = current;
  if (rotated || (await wasJustUsed(settings, credential, session, now)))
    return tokensOf(env, settings, { session, user, refreshToken: next.text, now });

  const audit = auditWith({ action: "session.reuse", tenantId: user.tenantId, resource: session.id });
  await revokeSession(env, user.id, session.id, now, { ...audit, actorId: user.id });
  forgetUser(user.id);
  throw new ReelwayError("session_refused", "An old refresh token was used: the session has been ended");
}

/** Whether this is the token before the current one, and its exchange is only seconds ago. */
async function wasJustUsed(
  settings: Settings,
  credential: Credential,
  { previousHash, refreshedAt }: SessionRow,
  now: number,
): Promise<boolean> {
  if (previousHash === null || now - refreshedAt > limits.refreshGraceMs) return false;
  return verifyCredential(settings, credential, previousHash);
}
