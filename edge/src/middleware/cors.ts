import type { MiddlewareHandler } from "hono";
import { cors as honoCors } from "hono/cors";
import type { AppEnv } from "../http/app-env.ts";
import { isPlayed } from "../playback/paths.ts";

/** Chromium keeps a preflight no longer than this, whatever it is told. */
const PREFLIGHT_SECONDS = 7_200;

const answer = honoCors({
  // Credentials in the sense of CORS (cookies) are never allowed, nor the header that goes with ours (http/own-page.ts):
  // pages of other origins authenticate by a header that they must set.
  origin: (origin, c) => (c.get("settings").corsOrigins.includes(origin) ? origin : null),
  allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: [
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "if-range",
    "last-event-id",
    "range",
    "traceparent",
    "x-request-id",
  ],
  exposeHeaders: [
    "accept-ranges",
    "content-disposition",
    "content-length",
    "content-range",
    "etag",
    "idempotency-replayed",
    "retry-after",
    "x-request-id",
  ],
  maxAge: PREFLIGHT_SECONDS,
});

/** A playback token is all the right that there is, and is in the path: a page of any origin may play. */
const answerPlayer = honoCors({
  origin: "*",
  allowMethods: ["GET", "HEAD"],
  allowHeaders: ["if-none-match", "if-range", "range"],
  exposeHeaders: ["accept-ranges", "content-length", "content-range", "date", "etag", "retry-after", "x-request-id"],
  maxAge: PREFLIGHT_SECONDS,
});

/** Pages of the origins in CORS_ORIGINS may call the API; of others, browsers show the answer to nobody. */
export const cors: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isPlayed(c.req.path)) return answerPlayer(c, next);
  if (c.get("settings").corsOrigins.length === 0) return next();
  if (c.req.header("origin") !== undefined) return answer(c, next);
  await next();
  // A cache must not give to a page what was answered to somebody else.
  c.res.headers.append("vary", "Origin");
};
