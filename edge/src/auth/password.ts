import { scrypt } from "node:crypto";
import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import { equalDigests } from "./signing.ts";

/** scrypt (RFC 7914): memory 128·N·r bytes, which must stay far below an isolate's 128 MB. */
interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}
/** OWASP's choice for 32 MiB. */
const cost: Cost = { log2N: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** What OpenSSL may take: the table and some more. */
const MEMORY_SLACK = 2;
const FORM = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;
const MAX_LOG2_N = 16;

/** What is stored of a password: `scrypt$<log2 N>$<r>$<p>$<salt>$<key>`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return describe(cost, salt, await derive(password, salt, cost));
}

/** Whether this is the password behind the stored hash. A hash in another form holds for no password. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, log2N, r, p, saltText = "", keyText = ""] = FORM.exec(stored) ?? [];
  const salt = fromBase64Url(saltText);
  const key = fromBase64Url(keyText);
  if (!salt || !key || Number(log2N) > MAX_LOG2_N) return false;
  return equalDigests(await derive(password, salt, { log2N: Number(log2N), r: Number(r), p: Number(p) }), key);
}

/** Costs what `verifyPassword` costs, for accounts that don't exist: the time of an answer must not tell which do. */
export async function verifyNoPassword(password: string): Promise<false> {
  await derive(password, new Uint8Array(SALT_BYTES), cost);
  return false;
}

/** Whether the hash was made at another cost than today's: then it is made anew at the next login. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(`scrypt$${cost.log2N}$${cost.r}$${cost.p}$`);
}

function describe({ log2N, r, p }: Cost, salt: Uint8Array, key: Uint8Array): string {
  return ["scrypt", log2N, r, p, toBase64Url(salt), toBase64Url(key)].join("$");
}

function derive(password: string, salt: Uint8Array, { log2N, r, p }: Cost): Promise<Uint8Array> {
  const N = 2 ** log2N;
  const options = { N, r, p, maxmem: MEMORY_SLACK * 128 * N * r };
  return new Promise((resolve, reject) => {
    // The same password must hash the same however a keyboard composes its characters.
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
}
