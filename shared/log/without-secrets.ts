/**
 * What would let a reader of logs act for us or for a user. One list for Worker and runner; logs go through it last. What
 * is logged is a stranger's too (a path), so each pattern begins only where a run of its characters does: a try from every
 * place of a long run would cost the square of its length.
 */
const REDACTED = "[redacted]";

/** Reelway's own credentials keep kind, environment and id, which are no secret and help to find a leaked one. */
const CREDENTIAL = /\b(rw[a-z]*_[a-z0-9-]+_[a-z0-9]+(?:_[a-z]+)?)_[A-Za-z0-9]{20,}_[0-9a-f]{8}\b/g;
const WEBHOOK_SECRET = /\bwhsec_[A-Za-z0-9+/_-]{8,}=*/g;
/** JWS in its compact form (RFC 7515), and lease tokens: JSON in base64url, and so `eyJ…`. */
const JWT = /(?<![\w-])eyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]+)?/g;
const BEARER = /\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi;
/** Everything behind the `?` of a URL: presigned URLs carry their right in it, and users' sources do too. */
const QUERY = /(?<![^\s"'?\\])(?=[^\s"'?\\]*?[a-z][a-z0-9+.-]{1,10}:\/\/)([^\s"'?\\]+)\?[^\s"'\\]*/gi;
const USER_INFO = /(\b[a-z][a-z0-9+.-]{1,10}:\/\/)[^\s"'/?#@\\]+@/gi;
/** The same where only path and query are told. */
const SIGNED_QUERY = /\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"'\\]+/gi;
const SECRET_NAME =
  "(?:[\\w-]*(?:secret|password|token|credential)|secretAccessKey|authorization|(?:set-)?cookie|reelway-lease)";
/** A field of a JSON document: of the log's own line, or of one that is quoted in a text. */
const SECRET_FIELD = new RegExp(`("${SECRET_NAME}":\\s*")(?!\\[redacted\\])(?:[^"\\\\]|\\\\.)+`, "gi");
const QUOTED_SECRET_FIELD = new RegExp(
  `(?<!\\\\)(\\\\+"${SECRET_NAME}\\\\+":\\s*\\\\+")(?!\\[redacted\\])[^"\\\\]+`,
  "gi",
);

/** The same text without secrets. Applying it twice changes nothing more. */
export function withoutSecrets(text: string): string {
  return text
    .replace(CREDENTIAL, `$1_${REDACTED}`)
    .replace(WEBHOOK_SECRET, `whsec_${REDACTED}`)
    .replace(JWT, REDACTED)
    .replace(BEARER, `$1${REDACTED}`)
    .replace(QUERY, `$1?${REDACTED}`)
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(SIGNED_QUERY, `$1${REDACTED}`)
    .replace(SECRET_FIELD, `$1${REDACTED}`)
    .replace(QUOTED_SECRET_FIELD, `$1${REDACTED}`);
}
