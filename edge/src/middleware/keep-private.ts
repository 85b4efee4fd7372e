import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";

const SWITCHING_PROTOCOLS = 101;

/** What is answered to somebody who is signed in by a cookie is for that browser alone, and for nothing that keeps answers. */
export const keepPrivate: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // The headers of a WebSocket upgrade can't be touched.
  if (c.get("shownBy") !== "cookie" || c.res.status === SWITCHING_PROTOCOLS) return;
  c.res.headers.set("cache-control", "no-store");
  c.res.headers.append("vary", "Cookie");
};
