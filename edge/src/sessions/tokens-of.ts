import type { SessionTokens } from "@reelway/shared/contracts/session";
import { signAccessToken } from "../auth/access-token.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import type { SessionRow, UserRow } from "../store/rows.ts";
import { presentUser } from "../users/present-user.ts";

interface Begun {
  readonly session: SessionRow;
  readonly user: UserRow;
  readonly refreshToken: string;
  readonly now: number;
}

/** What a session's holder is given: a fresh access token beside the refresh token. */
export async function tokensOf(
  env: Env,
  settings: Settings,
  { session, user, refreshToken, now }: Begun,
): Promise<SessionTokens> {
  const claims = { userId: user.id, tenantId: user.tenantId, sessionId: session.id, userVersion: user.version };
  const { token, expiresAt } = await signAccessToken(env, settings, claims, now);
  return {
    sessionId: session.id,
    accessToken: token,
    expiresAt,
    refreshToken,
    sessionExpiresAt: session.expiresAt,
    user: presentUser(user),
  };
}
