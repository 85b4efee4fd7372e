import type { Context } from "hono";
import ipaddr from "ipaddr.js";
import type { AppEnv } from "../http/app-env.ts";
import { type Address, type AddressRange, isWithin, parseAddress } from "./address-range.ts";

/** Of an IPv6 address in full, with an IPv4 one at its end, in brackets and with a port. */
const LONGEST_ADDRESS = 53;
const COUNTRY = /^[A-Z0-9]{2}$/;

/** Null where it is not known: nothing but an address or a country gets into a row or log. */
export interface CallerPlace {
  readonly ip: string | null;
  /** ISO 3166-1, as Cloudflare writes it. */
  readonly country: string | null;
}

/** Where this request came from. */
export function callerPlace(c: Context<AppEnv>): CallerPlace {
  return placeOf((name) => c.req.header(name), c.get("settings").trustedProxies);
}

/**
 * At Cloudflare, where no proxies are named, the platform says where a request came from. Elsewhere `CF-Connecting-IP` is
 * whoever holds the connection; if that is one of the proxies, it says by `X-Forwarded-For` for whom. That list grows at its
 * end, so the last that is no proxy of ours is the caller: what stands before it anybody may have written.
 */
export function placeOf(
  header: (name: string) => string | undefined,
  trustedProxies: readonly AddressRange[] | null,
): CallerPlace {
  const connected = addressOf(header("cf-connecting-ip") ?? "");
  if (trustedProxies === null)
    return { ip: connected?.toString() ?? null, country: countryOf(header("cf-ipcountry") ?? "") };
  // Proxies pass the country on as whoever called them wrote it.
  if (connected === null || !isWithin(connected, trustedProxies))
    return { ip: connected?.toString() ?? null, country: null };
  const forwardedFor = (header("x-forwarded-for") ?? "").split(",").map((entry) => addressOf(entry.trim()));
  const caller = forwardedFor.findLast((entry) => entry === null || !isWithin(entry, trustedProxies));
  return { ip: (caller ?? connected).toString(), country: null };
}

function addressOf(text: string): Address | null {
  return text.length <= LONGEST_ADDRESS ? parseAddress(text) : null;
}

function countryOf(text: string): string | null {
  return COUNTRY.test(text) ? text : null;
}

/** Sets of /64 networks that one /48 is counted as: a site that holds a whole /48 gets no more than these many shares. */
const SHARES_OF_48 = 0xf;

/**
 * Whom an anonymous request is counted for: an IPv4 address, or the /64 of an IPv6 one (a host has a whole /64), many of
 * them together where they lie in one /48. Requests without a known address count together.
 */
export function addressKey(ip: string | null): string {
  if (ip === null) return "unknown";
  const address = ipaddr.process(ip);
  if (address.kind() === "ipv4") return address.toString();
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv6.parse(address.toString()).parts;
  return `${[a, b, c].map((part) => part.toString(16)).join(":")}/48#${d & SHARES_OF_48}`;
}
