import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

const BEARER = /^Bearer +(\S+)$/i;

/** What the request shows in `Authorization: Bearer …` (RFC 6750 §2.1), proved by nothing yet. */
export function bearerOf(c: Context<AppEnv>): string | undefined {
  return BEARER.exec(c.req.header("authorization") ?? "")?.[1];
}
