import { toHex } from "../encoding/hex.ts";
import type { Settings } from "../settings.ts";
import { toBase62 } from "./base62.ts";
import { crc32 } from "./crc32.ts";
import { equalDigests, sign } from "./signing.ts";

/**
 * Credentials that Reelway hands out: `<word>_<environment>_<id>_<secret>_<crc32>`. The id finds the row, the secret
 * (256 random bits) proves it, the checksum refuses junk before any read and lets secret scanners be sure.
 */
const credentialKinds = [
  "api_key",
  "runner",
  "registration_token",
  "invitation",
  "refresh_token",
  "browser_session",
  "sign_in_link",
] as const;
export type CredentialKind = (typeof credentialKinds)[number];

interface CredentialForm {
  /** What the credential begins with. */
  readonly word: string;
  /** Of the id in it. */
  readonly idPrefix: string;
}
const forms: Readonly<Record<CredentialKind, CredentialForm>> = {
  api_key: { word: "rw", idPrefix: "key" },
  runner: { word: "rwrun", idPrefix: "run" },
  registration_token: { word: "rwreg", idPrefix: "rtk" },
  invitation: { word: "rwinv", idPrefix: "inv" },
  refresh_token: { word: "rwses", idPrefix: "ses" },
  browser_session: { word: "rwweb", idPrefix: "ses" },
  sign_in_link: { word: "rwlnk", idPrefix: "lnk" },
};

const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_DIGITS = 43;
const FORM =
  /^(rw[a-z]{0,3})_([a-z0-9-]{1,20})_([0-9a-hjkmnp-tv-z]{26}(?:_[a-z]{2,8})?)_([A-Za-z0-9]{43})_([0-9a-f]{8})$/;
const MAX_LENGTH = 200;

export interface Credential {
  readonly kind: CredentialKind;
  readonly id: string;
  readonly secret: string;
}

export interface MintedCredential {
  /** The whole credential: shown once, stored nowhere. */
  readonly text: string;
  /** The visible start, by which a person recognises it. */
  readonly prefix: string;
  /** What is stored: HMAC-SHA256 of the secret with a derived pepper, in hex. */
  readonly hash: string;
}

/** Makes the credential of the thing with this id. */
export function mintCredential(settings: Settings, kind: CredentialKind, id: string): Promise<MintedCredential> {
  const secret = toBase62(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), SECRET_DIGITS);
  return credentialOf(settings, { kind, id, secret });
}

/** The credential with this very secret: 43 characters of [0-9A-Za-z]. */
export async function credentialOf(settings: Settings, { kind, id, secret }: Credential): Promise<MintedCredential> {
  const { word, idPrefix } = forms[kind];
  const prefix = `${word}_${settings.environment}_${id.slice(idPrefix.length + 1)}`;
  const checked = `${prefix}_${secret}`;
  return { text: `${checked}_${crc32(checked)}`, prefix, hash: await hashSecret(settings, kind, id, secret) };
}

/** Reads a credential without asking the store; undefined for anything that this installation never handed out. */
export function parseCredential(settings: Settings, text: string): Credential | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [, word, environment, id, secret, checksum] = FORM.exec(text) ?? [];
  if (!word || !id || !secret || environment !== settings.environment) return undefined;
  if (crc32(text.slice(0, text.lastIndexOf("_"))) !== checksum) return undefined;
  const kind = credentialKinds.find((candidate) => forms[candidate].word === word);
  return kind && { kind, id: `${forms[kind].idPrefix}_${id}`, secret };
}

/** Whether the credential's secret is the one behind the stored hash, in constant time. */
export async function verifyCredential(
  settings: Settings,
  credential: Credential,
  storedHash: string,
): Promise<boolean> {
  const hash = await hashSecret(settings, credential.kind, credential.id, credential.secret);
  const encoder = new TextEncoder();
  return equalDigests(encoder.encode(hash), encoder.encode(storedHash));
}

/** Kind and id are part of what is hashed: a hash copied to another row proves nothing. */
async function hashSecret(settings: Settings, kind: CredentialKind, id: string, secret: string): Promise<string> {
  const digest = await sign(settings, "credential", `${kind}\n${id}\n${secret}`);
  return toHex(digest);
}
