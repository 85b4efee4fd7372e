/** Parts of the document that are no route's own. */

export const bearer = {
  type: "http",
  scheme: "bearer",
  description:
    "`Authorization: Bearer <credential>`: an API key (`rw_…`, from `reelway keys create`), a user's access token (from `POST /api/v1/auth/login`, ten minutes), or a runner's credential (for the runner protocol alone). `x-permission` of an operation names what the credential's role must allow.",
} as const;

export const browserSession = {
  type: "apiKey",
  in: "cookie",
  name: "__Host-reelway_session",
  description:
    "The dashboard's session, from `POST /api/v1/auth/browser-session` (`reelway_session` without TLS). Whatever is not a GET needs the installation's own `Origin` and `x-reelway-csrf: 1` with it, a WebSocket the `Origin`. It counts only where no bearer is sent.",
} as const;

const text = { type: "string" as const };

export const headers = {
  "x-request-id": {
    description: "Names this request in every log. A caller's own x-request-id is kept where it is sane.",
    required: true,
    schema: text,
  },
  "retry-after": { description: "Seconds after which another try has a chance", schema: { type: "integer" as const } },
  "www-authenticate": { description: "How to authenticate (RFC 9110)", schema: text },
  "idempotency-replayed": {
    description: "`true` where the answer is that of an earlier request with the same Idempotency-Key",
    schema: { ...text, enum: ["true"] },
  },
  etag: { description: "The file's entity tag, for If-None-Match and If-Range", schema: text },
  "accept-ranges": { description: "`bytes`", schema: text },
  "content-range": { description: "Which bytes of how many this is (RFC 9110 §14.4)", schema: text },
  location: { description: "Where the thing is now", schema: text },
};
