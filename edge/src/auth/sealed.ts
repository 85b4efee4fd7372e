import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import type { Settings } from "../settings.ts";

/**
 * Secrets that must be read again (a tenant's bucket credentials, webhook secrets, private signing keys), as D1 keeps
 * them: `v1.<key id>.<iv>.<AES-256-GCM ciphertext>`, base64url. The context (tenant and row) is authenticated with it:
 * moved to another row, it does not open.
 */
const encoder = new TextEncoder();
const IV_BYTES = 12;
const KEY_ID_BYTES = 6;

interface SealingKey {
  readonly id: string;
  readonly key: CryptoKey;
}
const keys = new Map<string, Promise<SealingKey>>();

/** Encrypts `text` with the current ENCRYPTION_SECRET, bound to `context`. */
export async function seal(settings: Settings, context: string, text: string): Promise<string> {
  const { id, key } = await sealingKey(settings.encryptionSecrets[0] ?? "");
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: encoder.encode(context) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, encoder.encode(text));
  return ["v1", id, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join(".");
}

/** Decrypts what `seal` made for this context, by whichever secret made it. Throws when none fits or it was changed. */
export async function unseal(settings: Settings, context: string, sealed: string): Promise<string> {
  const [version, id, ivText = "", body = ""] = sealed.split(".");
  const known = await Promise.all(settings.encryptionSecrets.map(sealingKey));
  const match = known.find((candidate) => candidate.id === id);
  const iv = fromBase64Url(ivText);
  const bytes = fromBase64Url(body);
  if (version !== "v1" || !match || !iv || !bytes) throw new Error("no ENCRYPTION_SECRET fits what is stored");
  const algorithm = { name: "AES-GCM", iv, additionalData: encoder.encode(context) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, match.key, bytes));
}

/** Whether it was sealed with the current secret; what was not should be sealed anew. */
export async function isCurrentSeal(settings: Settings, sealed: string): Promise<boolean> {
  const { id } = await sealingKey(settings.encryptionSecrets[0] ?? "");
  return sealed.split(".")[1] === id;
}

/** What begins every text that a secret sealed: for each secret, the current one first. */
export async function sealPrefixes(settings: Settings): Promise<string[]> {
  const known = await Promise.all(settings.encryptionSecrets.map(sealingKey));
  return known.map(({ id }) => `v1.${id}.`);
}

function sealingKey(secret: string): Promise<SealingKey> {
  const known = keys.get(secret);
  if (known) return known;
  const derived = deriveKey(secret);
  keys.set(secret, derived);
  return derived;
}

/** HKDF (RFC 5869): the key, and beside it a public id that tells which secret it came from. */
async function deriveKey(secret: string): Promise<SealingKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
    "deriveBits",
  ]);
  const hkdf = (info: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: encoder.encode("reelway"),
    info: encoder.encode(info),
  });
  const [key, id] = await Promise.all([
    crypto.subtle.deriveKey(hkdf("encryption"), material, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]),
    crypto.subtle.deriveBits(hkdf("encryption key id"), material, KEY_ID_BYTES * 8),
  ]);
  return { id: toBase64Url(new Uint8Array(id)), key };
}
