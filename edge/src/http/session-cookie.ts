import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { AppEnv } from "./app-env.ts";
import { isOverHttps } from "./own-page.ts";

/**
 * Over https `__Host-reelway_session`, which no other host and no plain http can set (RFC 6265bis §4.1.3.2); without TLS,
 * where browsers take no such name, `reelway_session`. One of them counts, never both.
 */
const NAME = "reelway_session";

/** What the cookie of a browser's session holds, proved by nothing yet. */
export function sessionCookieOf(c: Context<AppEnv>): string | undefined {
  return isOverHttps(c) ? getCookie(c, NAME, "host") : getCookie(c, NAME);
}

export function setSessionCookie(c: Context<AppEnv>, text: string, maxAgeSeconds: number): void {
  const secure = isOverHttps(c);
  setCookie(c, NAME, text, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    maxAge: maxAgeSeconds,
    secure,
    ...(secure ? { prefix: "host" as const } : {}),
  });
}

export function clearSessionCookie(c: Context<AppEnv>): void {
  setSessionCookie(c, "", 0);
}
