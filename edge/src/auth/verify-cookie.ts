import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { findBrowserSession, touchBrowserSession } from "../store/browser-sessions.ts";
import { parseCredential, verifyCredential } from "./credentials.ts";
import { type Holder, holderMs, knownHolder, rememberHolder } from "./holders.ts";
import type { Principal } from "./principal.ts";
import { callerInBrowser } from "./session-caller.ts";
import type { AuthContext } from "./verify-bearer.ts";

/**
 * Who is signed in by this cookie. Throws `unauthenticated` for every reason alike; no other credential counts as a
 * cookie.
 */
export async function verifyCookie(context: AuthContext, text: string): Promise<Principal> {
  const { settings, now } = context;
  const credential = parseCredential(settings, text);
  if (credential?.kind !== "browser_session") throw new ReelwayError("unauthenticated");
  const holder = knownHolder(credential.id, now) ?? (await lookUp(context, credential.id));
  if (!holder || !(await verifyCredential(settings, credential, holder.proof)))
    throw new ReelwayError("unauthenticated");
  rememberHolder(credential.id, holder);
  return holder.principal;
}

async function lookUp({ env, settings, now, waitUntil }: AuthContext, id: string): Promise<Holder | undefined> {
  const found = await findBrowserSession(env, id);
  const principal = found && callerInBrowser(found, now, settings.browserSessionIdleMs);
  if (!principal) return undefined;
  const { hash, refreshedAt, expiresAt } = found.session;
  if (now - refreshedAt >= limits.browserSessionTouchMs) waitUntil(touchBrowserSession(env, id, now));
  const keyEnds = found.key?.expiresAt ?? Number.POSITIVE_INFINITY;
  return { principal, proof: hash, until: Math.min(now + holderMs, expiresAt, keyEnds) };
}
