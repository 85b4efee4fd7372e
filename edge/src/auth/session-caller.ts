import type { ApiKeyRow, SessionRow, UserRow } from "../store/rows.ts";
import { isLive } from "../store/sessions.ts";
import { callerWithKey, isLiveKey } from "./api-key-holder.ts";
import type { Caller } from "./principal.ts";

/** Whoever acts by this session of theirs. */
export function callerBySession(user: UserRow, sessionId: string, platform: boolean): Caller {
  return {
    kind: "user",
    id: user.id,
    tenantId: user.tenantId,
    role: user.role,
    scopes: null,
    platform,
    userId: user.id,
    sessionId,
  };
}

/** A browser's session as it is found for authentication. */
export interface FoundBrowserSession {
  readonly session: SessionRow;
  readonly platform: boolean;
  readonly user: UserRow | null;
  readonly key: ApiKeyRow | null;
  /** The user that the key hangs on. */
  readonly maker: UserRow | null;
}

/** Whoever is signed in by a browser's session; undefined when it is over, or what it hangs on is. */
export function callerInBrowser(found: FoundBrowserSession, now: number, idleMs: number): Caller | undefined {
  const { session, platform, user, key, maker } = found;
  if (session.revokedAt !== null || session.expiresAt <= now || session.refreshedAt + idleMs <= now) return undefined;
  if (user) return isLive(session, user, now) ? callerBySession(user, session.id, platform) : undefined;
  if (!key || !isLiveKey({ key, platform, maker }, now)) return undefined;
  return { ...callerWithKey({ key, platform, maker }), sessionId: session.id };
}
