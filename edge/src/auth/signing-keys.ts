import { exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";
import { type AuditEntry, auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { platformTenantId } from "../store/platform.ts";
import type { SigningKeyRow } from "../store/rows.ts";
import { deleteRetiredKeys, listSigningKeys, replaceSigningKey } from "../store/signing-keys.ts";
import { isCurrentSeal, seal, unseal } from "./sealed.ts";

/** The one algorithm of access tokens, and the form of the names of its keys. */
export const algorithm = "EdDSA";
const KeyId = z
  .string()
  .max(32)
  .regex(/^[a-z0-9]{8,32}$/);

const PublicJwk = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });
const PrivateJwk = PublicJwk.extend({ d: z.string() });

/** An isolate looks for new keys this often; so an old one may still sign for as long. */
const FRESH_MS = 30_000;
/** A kid that nobody knows may be a new one; but strangers' inventions must not cost a read each. */
const LOOK_AGAIN_MS = 1_000;

interface VerificationKey {
  readonly kid: string;
  readonly key: CryptoKey;
}
interface KeyRing {
  readonly readAt: number;
  readonly rows: readonly SigningKeyRow[];
  readonly verification: readonly VerificationKey[];
}
const rings = new WeakMap<D1Database, KeyRing>();
const privateKeys = new Map<string, CryptoKey>();

/** The key that signs now; the first one is made when it is asked for. */
export async function signingKey(env: Env, settings: Settings, now: number): Promise<VerificationKey> {
  const known = await ringOf(env, settings, now, FRESH_MS);
  const row = active(known.rows) ?? (await replace(env, settings, null, now));
  return { kid: row.kid, key: await privateKeyOf(settings, row) };
}

/** The public key of this name, as long as its tokens may be alive; undefined for any other. */
export async function verificationKey(
  env: Env,
  settings: Settings,
  kid: unknown,
  now: number,
): Promise<CryptoKey | undefined> {
  const { success, data } = KeyId.safeParse(kid);
  if (!success) return undefined;
  const find = ({ verification }: KeyRing) => verification.find((candidate) => candidate.kid === data)?.key;
  return find(await ringOf(env, settings, now, FRESH_MS)) ?? find(await ringOf(env, settings, now, LOOK_AGAIN_MS));
}

/** The public keys whose tokens are accepted, as a JWK set (RFC 7517). */
export async function publicKeySet(env: Env, settings: Settings, now: number) {
  const { rows } = await ringOf(env, settings, now, LOOK_AGAIN_MS);
  return { keys: rows.map(({ kid, publicJwk }) => ({ ...publicJwkOf(publicJwk), kid, alg: algorithm, use: "sig" })) };
}

/**
 * Puts a new key in the place of the one that signs, which goes on verifying until its longest token is over. Of two
 * rotations at once only one makes a key, and both answer it.
 */
export async function rotateSigningKey(
  env: Env,
  settings: Settings,
  now: number,
  auditWith?: (kid: string) => AuditEntry,
): Promise<SigningKeyRow> {
  const rows = await listSigningKeys(env, now);
  return replace(env, settings, active(rows)?.kid ?? null, now, auditWith);
}

/**
 * The sweep's part: replaces a key that is too old or was sealed with an earlier ENCRYPTION_SECRET, which may then be
 * dropped, and forgets those whose tokens are over.
 */
export async function tendSigningKeys(env: Env, settings: Settings, now: number): Promise<void> {
  const current = active(await listSigningKeys(env, now));
  if (current && (await isDue(settings, current, now))) await replace(env, settings, current.kid, now);
  await deleteRetiredKeys(env, now - overlapMs(settings));
}

async function isDue(settings: Settings, { createdAt, encryptedPrivateJwk }: SigningKeyRow, now: number) {
  return createdAt + settings.signingKeyMs <= now || !(await isCurrentSeal(settings, encryptedPrivateJwk));
}

async function replace(
  env: Env,
  settings: Settings,
  expected: string | null,
  now: number,
  auditWith?: (kid: string) => AuditEntry,
): Promise<SigningKeyRow> {
  const row = await newKey(settings, now);
  const audit =
    auditWith?.(row.kid) ??
    auditOfSystem({ action: "signing_key.rotate", resource: row.kid, tenantId: await platformTenantId(env) });
  const won = await replaceSigningKey(env, expected, row, audit);
  rings.delete(env.DB);
  if (won) return row;
  const current = active(await listSigningKeys(env, now));
  if (!current) throw new Error("there is no signing key, and none could be made");
  return current;
}

async function newKey(settings: Settings, now: number): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { crv: "Ed25519", extractable: true });
  const kid = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  const publicJwk = JSON.stringify(PublicJwk.parse(await exportJWK(publicKey)));
  const privateJwk = JSON.stringify(PrivateJwk.parse(await exportJWK(privateKey)));
  const encryptedPrivateJwk = await seal(settings, sealContext(kid), privateJwk);
  return { kid, publicJwk, encryptedPrivateJwk, createdAt: now, retiredAt: null };
}

async function ringOf(env: Env, settings: Settings, now: number, maxAgeMs: number): Promise<KeyRing> {
  const known = rings.get(env.DB);
  if (known && now - known.readAt < maxAgeMs) return known;
  const rows = await listSigningKeys(env, now - overlapMs(settings));
  const verification = await Promise.all(
    rows.map(async ({ kid, publicJwk }) => ({ kid, key: await importKey(publicJwkOf(publicJwk)) })),
  );
  const ring = { readAt: now, rows, verification };
  rings.set(env.DB, ring);
  return ring;
}

/** The longest that a token of a retired key may live: it was signed by an isolate that had not heard of the new one. */
function overlapMs({ accessTokenMs }: Settings): number {
  return accessTokenMs + 2 * FRESH_MS;
}

async function privateKeyOf(settings: Settings, { kid, encryptedPrivateJwk }: SigningKeyRow): Promise<CryptoKey> {
  const known = privateKeys.get(kid);
  if (known) return known;
  const key = await importKey(
    PrivateJwk.parse(JSON.parse(await unseal(settings, sealContext(kid), encryptedPrivateJwk))),
  );
  privateKeys.set(kid, key);
  return key;
}

/** A CryptoKey and never raw bytes: with bytes a library might take the public key for an HMAC secret. */
async function importKey(jwk: z.infer<typeof PublicJwk>): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (!(key instanceof CryptoKey)) throw new Error("a signing key is not a key pair's");
  return key;
}

function publicJwkOf(text: string): z.infer<typeof PublicJwk> {
  return PublicJwk.parse(JSON.parse(text));
}

function active(rows: readonly SigningKeyRow[]): SigningKeyRow | undefined {
  return rows.find(({ retiredAt }) => retiredAt === null);
}

function sealContext(kid: string): string {
  return `signing-key:${kid}`;
}
