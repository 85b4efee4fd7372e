import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";

const SWITCHING_PROTOCOLS = 101;

/** Headers of every answer, unless its route has set its own: nothing in it is to be run, framed, sniffed or embedded. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const TWO_YEARS = "max-age=63072000";

export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // The headers of a WebSocket upgrade can't be touched.
  if (c.res.status === SWITCHING_PROTOCOLS) return;
  const { headers } = c.res;
  for (const [name, value] of Object.entries(DEFAULTS)) if (!headers.has(name)) headers.set(name, value);
  if (new URL(c.req.url).protocol === "https:") headers.set("strict-transport-security", TWO_YEARS);
};
