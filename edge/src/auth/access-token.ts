import { SessionId, TenantId, UserId } from "@reelway/shared/ids";
import { jwtVerify, SignJWT } from "jose";
import { JOSEError } from "jose/errors";
import { z } from "zod";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { algorithm, signingKey, verificationKey } from "./signing-keys.ts";

/** What access tokens are for; tokens for anything else name another audience. */
const audience = "reelway-api";
/** The type of access tokens (RFC 9068 §2.1). */
const type = "at+jwt";
const MAX_LENGTH = 2_048;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Who is signed in: by which session, as which version of the user. What they may do is read from the store. */
export interface AccessClaims {
  readonly userId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly userVersion: number;
}

const Claims = z.object({
  sub: UserId,
  tid: TenantId,
  sid: SessionId,
  ver: z.int().min(1),
});

/** Whether it looks like an access token at all; what does not costs no more than this. */
export function looksLikeAccessToken(text: string): boolean {
  return text.length <= MAX_LENGTH && FORM.test(text);
}

/** A short-lived JWT (EdDSA) for a session. */
export async function signAccessToken(
  env: Env,
  settings: Settings,
  { userId, tenantId, sessionId, userVersion }: AccessClaims,
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const { kid, key } = await signingKey(env, settings, now);
  const issuedAt = Math.floor(now / 1_000);
  const expiresAt = issuedAt + settings.accessTokenMs / 1_000;
  const token = await new SignJWT({ tid: tenantId, sid: sessionId, ver: userVersion })
    .setProtectedHeader({ alg: algorithm, kid, typ: type })
    .setIssuer(settings.publicUrl)
    .setAudience(audience)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key);
  return { token, expiresAt: expiresAt * 1_000 };
}

/**
 * The claims of a token that this installation signed for its API and that has not expired; undefined for every other.
 * The key is found by `kid` in our own list: what a token says of keys (`jwk`, `jku`, `x5u`) is never looked at.
 */
export async function verifyAccessToken(
  env: Env,
  settings: Settings,
  text: string,
  now: number,
): Promise<AccessClaims | undefined> {
  if (!looksLikeAccessToken(text)) return undefined;
  try {
    const keyOf = async ({ kid }: { kid?: string }) => {
      const key = await verificationKey(env, settings, kid, now);
      if (!key) throw new UnknownKey();
      return key;
    };
    const { payload } = await jwtVerify(text, keyOf, {
      algorithms: [algorithm],
      issuer: settings.publicUrl,
      audience,
      typ: type,
      requiredClaims: ["exp", "iat", "sub", "tid", "ver", "sid"],
      maxTokenAge: settings.accessTokenMs / 1_000,
      currentDate: new Date(now),
    });
    const claims = Claims.safeParse(payload).data;
    return claims && { userId: claims.sub, tenantId: claims.tid, sessionId: claims.sid, userVersion: claims.ver };
  } catch (error) {
    if (error instanceof JOSEError || error instanceof UnknownKey) return undefined;
    throw error;
  }
}

class UnknownKey extends Error {}
