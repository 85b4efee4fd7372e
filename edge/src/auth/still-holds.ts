import { ApiKeyId } from "@reelway/shared/ids";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { findApiKeyForAuth } from "../store/api-keys.ts";
import { findBrowserSession } from "../store/browser-sessions.ts";
import { findSessionForAuth, isLive } from "../store/sessions.ts";
import { isLiveKey } from "./api-key-holder.ts";
import { callerInBrowser } from "./session-caller.ts";

/**
 * Whether an API key or session (by its id) still holds, read anew: for what was opened with it and is still open. All
 * who can sign in may read, so what their role has become since does not matter here.
 */
export async function stillHolds(env: Env, credentialId: string, now: number): Promise<boolean> {
  if (ApiKeyId.safeParse(credentialId).success) {
    const found = await findApiKeyForAuth(env, credentialId);
    return found !== undefined && isLiveKey(found, now);
  }
  const browser = await findBrowserSession(env, credentialId);
  if (browser) return callerInBrowser(browser, now, settingsOf(env).browserSessionIdleMs) !== undefined;
  const found = await findSessionForAuth(env, credentialId);
  return found !== undefined && isLive(found.session, found.user, now);
}
