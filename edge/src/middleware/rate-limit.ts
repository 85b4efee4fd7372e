import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Context, MiddlewareHandler } from "hono";
import { looksLikeAccessToken } from "../auth/access-token.ts";
import { parseCredential } from "../auth/credentials.ts";
import type { Principal } from "../auth/principal.ts";
import type { AppEnv } from "../http/app-env.ts";
import { shownCredentialOf } from "../http/shown-credential.ts";
import { isPlayed } from "../playback/paths.ts";
import { forgetGood, isRefused, refuseUntil, rememberGood } from "../safety/addresses-in-check.ts";
import { addressKey, callerPlace } from "../safety/caller-address.ts";

/** The periods of the bindings in wrangler.toml, which can't be read from here. */
const PERIOD_SECONDS = { CALLER: 10, RUNNER: 10, ADDRESS: 10, SIGN_IN: 60, PLAYBACK: 10 } as const;
type Limit = keyof typeof PERIOD_SECONDS;

/** Public routes where something secret is shown and could be guessed. A credential sent along changes nothing. */
const SIGN_IN = /^\/api\/v1\/(auth\/|bootstrap$|invitations\/accept$|runners\/register$)/;

/**
 * Before anything is read: who shows nothing that could be a credential of ours is counted by address, and so is every
 * credential that turns out to be bad. Throws `rate_limited`. Known callers are counted by `limitCaller`.
 */
export const rateLimit: MiddlewareHandler<AppEnv> = async (c, next) => {
  // Players are counted by their tokens: a thousand viewers may sit behind one address.
  const plays = isPlayed(c.req.path) && (c.req.method === "GET" || c.req.method === "HEAD");
  if (!c.get("settings").rateLimits || plays) return next();
  const address = addressKey(callerPlace(c).ip);
  const credential = credentialOf(c);
  c.set("credential", credential);
  if (c.req.method === "POST" && (credential === undefined || SIGN_IN.test(c.req.path)))
    await take(c, "SIGN_IN", address);
  if (credential === undefined) {
    await take(c, "ADDRESS", address);
    return next();
  }
  if (isRefused(address, credential, Date.now())) throw refusal(c, "ADDRESS");
  await next();
  if (c.res.status !== 401) return;
  forgetGood(credential);
  const { success } = await c.env.RATE_LIMIT_ADDRESS.limit({ key: address });
  if (!success) refuseUntil(address, Date.now() + PERIOD_SECONDS.ADDRESS * 1_000);
};

/** Counts a request for the key, user or runner that has proved itself. Throws `rate_limited`. */
export async function limitCaller(c: Context<AppEnv>, { kind, id }: Principal): Promise<void> {
  if (!c.get("settings").rateLimits) return;
  const credential = c.get("credential");
  if (credential !== undefined) rememberGood(credential);
  await take(c, kind === "runner" ? "RUNNER" : "CALLER", id);
}

/** Counts a request for the playback token that it shows, whoever shares it. Throws `rate_limited`. */
export async function limitPlayer(c: Context<AppEnv>, token: string): Promise<void> {
  if (c.get("settings").rateLimits) await take(c, "PLAYBACK", token);
}

/** Counts a request that turned out to show nothing of worth. Throws `rate_limited`. */
export async function limitStranger(c: Context<AppEnv>): Promise<void> {
  if (c.get("settings").rateLimits) await take(c, "ADDRESS", addressKey(callerPlace(c).ip));
}

/** The credential that is shown, if it could be one: of the right form, and with the right checksum where it has one. */
function credentialOf(c: Context<AppEnv>): string | undefined {
  const shown = shownCredentialOf(c);
  if (shown === undefined) return undefined;
  const parsed = parseCredential(c.get("settings"), shown.text);
  if (shown.by === "cookie") return parsed?.kind === "browser_session" ? shown.text : undefined;
  return parsed || looksLikeAccessToken(shown.text) ? shown.text : undefined;
}

async function take(c: Context<AppEnv>, limit: Limit, key: string): Promise<void> {
  const { success } = await c.env[`RATE_LIMIT_${limit}`].limit({ key });
  if (!success) throw refusal(c, limit);
}

function refusal(c: Context<AppEnv>, limit: Limit): ReelwayError {
  c.header("retry-after", String(PERIOD_SECONDS[limit]));
  return new ReelwayError("rate_limited");
}
