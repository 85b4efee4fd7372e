import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";
import { sessionCookieOf } from "./session-cookie.ts";

const BEARER = /^Bearer +(\S+)$/i;

/** What a request shows to say who asks, proved by nothing yet. */
export interface ShownCredential {
  readonly by: "bearer" | "cookie";
  readonly text: string;
}

/** `Authorization: Bearer …` (RFC 6750 §2.1); without one the cookie of a browser's session. With both, the bearer alone counts. */
export function shownCredentialOf(c: Context<AppEnv>): ShownCredential | undefined {
  const bearer = BEARER.exec(c.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) return { by: "bearer", text: bearer };
  const cookie = sessionCookieOf(c);
  return cookie === undefined || cookie === "" ? undefined : { by: "cookie", text: cookie };
}
