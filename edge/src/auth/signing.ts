import type { Settings } from "../settings.ts";

/** What a derived key is for. A signature made for one purpose never holds for another. */
export type Purpose =
  | "credential"
  | "lease"
  | "cursor"
  | "job-webhook"
  | "webhook-challenge"
  | "refresh"
  | "login"
  | "playback";

const encoder = new TextEncoder();
const keys = new Map<string, Promise<CryptoKey>>();

/** HMAC-SHA256 of `text` with the key derived for this purpose: 32 bytes. */
export async function sign(settings: Settings, purpose: Purpose, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await purposeKey(settings.signingSecret, purpose);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

/** Whether `signature` is that of `text`, compared in constant time. */
export async function verify(
  settings: Settings,
  purpose: Purpose,
  text: string,
  signature: Uint8Array,
): Promise<boolean> {
  return equalDigests(await sign(settings, purpose, text), signature);
}

/** Constant-time comparison; digests of unequal length are unequal (timingSafeEqual would throw). */
export function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}

/** Constant-time comparison of texts of any length, by their SHA-256. */
export async function equalTexts(a: string, b: string): Promise<boolean> {
  const [digestOfA, digestOfB] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  if (!digestOfA || !digestOfB) return false;
  return crypto.subtle.timingSafeEqual(digestOfA, digestOfB);
}

/** HKDF (RFC 5869) over SIGNING_SECRET: one key per purpose, derived once per isolate. */
function purposeKey(secret: string, purpose: Purpose): Promise<CryptoKey> {
  const cacheKey = `${purpose}\n${secret}`;
  const known = keys.get(cacheKey);
  if (known) return known;
  const derived = deriveKey(secret, purpose);
  keys.set(cacheKey, derived);
  return derived;
}

async function deriveKey(secret: string, purpose: Purpose): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: encoder.encode("reelway"), info: encoder.encode(purpose) },
    material,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}
