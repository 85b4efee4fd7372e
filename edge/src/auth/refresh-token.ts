import type { Settings } from "../settings.ts";
import { toBase62 } from "./base62.ts";
import { credentialOf, type MintedCredential } from "./credentials.ts";
import { equalTexts, sign } from "./signing.ts";

/**
 * Refresh tokens of one session form a chain: the next one follows from the one before by our key, so that two uses at
 * once of the same token get the same answer, and each carries a mark that we made it, so that an old one is told from
 * a guess. The secret is 22 characters of nonce (128 bits) and 21 of mark.
 */
const NONCE_BYTES = 16;
const NONCE_DIGITS = 22;
const MARK_BYTES = 15;
const MARK_DIGITS = 21;

/** The first token of a session. */
export function firstRefreshToken(settings: Settings, sessionId: string): Promise<MintedCredential> {
  return tokenOf(settings, sessionId, crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

/** The token that follows on the one with this secret. */
export async function nextRefreshToken(
  settings: Settings,
  sessionId: string,
  secret: string,
): Promise<MintedCredential> {
  const next = await sign(settings, "refresh", `next\n${sessionId}\n${secret}`);
  return tokenOf(settings, sessionId, next.subarray(0, NONCE_BYTES));
}

/** Whether we handed out this secret for this session, at any time. */
export async function isOfSession(settings: Settings, sessionId: string, secret: string): Promise<boolean> {
  const nonce = secret.slice(0, NONCE_DIGITS);
  return equalTexts(await markOf(settings, sessionId, nonce), secret.slice(NONCE_DIGITS));
}

async function tokenOf(settings: Settings, sessionId: string, nonceBytes: Uint8Array): Promise<MintedCredential> {
  const nonce = toBase62(nonceBytes, NONCE_DIGITS);
  const secret = nonce + (await markOf(settings, sessionId, nonce));
  return credentialOf(settings, { kind: "refresh_token", id: sessionId, secret });
}

async function markOf(settings: Settings, sessionId: string, nonce: string): Promise<string> {
  const mark = await sign(settings, "refresh", `mark\n${sessionId}\n${nonce}`);
  return toBase62(mark.subarray(0, MARK_BYTES), MARK_DIGITS);
}
