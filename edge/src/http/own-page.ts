import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** No form can send it, and no page of another origin: CORS never allows it. */
const csrfHeader = "x-reelway-csrf";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The origin that this request was sent to, as a browser names it; https where a proxy in front ends it. */
export function ownOrigin(c: Context<AppEnv>): string {
  const asked = new URL(c.req.url);
  const known = new URL(c.get("settings").publicUrl);
  return known.host === asked.host ? known.origin : asked.origin;
}

export function isOverHttps(c: Context<AppEnv>): boolean {
  return ownOrigin(c).startsWith("https:");
}

/**
 * What a cookie proves counts only for our own page: whatever changes something must come from our origin with a header
 * that only script of that origin can send, and a WebSocket, which every page may open, from our origin.
 * Throws `cross_site_request`.
 */
export function requireOwnPage(c: Context<AppEnv>): void {
  const opensSocket = c.req.header("upgrade") !== undefined;
  const changes = !SAFE.has(c.req.method);
  if (opensSocket || changes) requireOwnOrigin(c);
  if (changes && c.req.header(csrfHeader) !== "1")
    throw new ReelwayError("cross_site_request", `The header ${csrfHeader}: 1 is missing`);
}

/** Throws `https_required` where a cookie would travel in the clear, and nobody has decided that it may. */
export function requireHttps(c: Context<AppEnv>): void {
  const own = ownOrigin(c);
  if (own.startsWith("https:") || LOOPBACK.test(new URL(own).hostname)) return;
  if (own !== new URL(c.get("settings").publicUrl).origin) throw new ReelwayError("https_required");
}

/** By Origin, which browsers send with all that is not a plain GET; by Sec-Fetch-Site where it is missing. */
function requireOwnOrigin(c: Context<AppEnv>): void {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const own = origin === undefined ? site === "same-origin" : origin === ownOrigin(c);
  if (!own || (site !== undefined && site !== "same-origin"))
    throw new ReelwayError("cross_site_request", `The request comes from ${origin ?? site ?? "no known origin"}`);
}
