import ipaddr from "ipaddr.js";
import { z } from "zod";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that begin with the same bits (CIDR, RFC 4632): a single one has all of its own. */
export interface AddressRange {
  readonly first: Address;
  readonly bits: number;
}

/**
 * An address as proxies write it, also with a port behind it; null for anything else, such as fewer than four numbers. An IPv4
 * address is one however it is written: ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2) too.
 */
export function parseAddress(text: string): Address | null {
  return parseBare(/^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text);
}

function parseBare(text: string): Address | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.process(text);
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export const AddressRange = z.string().transform((text, context): AddressRange => {
  const range = parseRange(text);
  if (range !== null) return range;
  context.addIssue("must be an address such as 127.0.0.1, or a range such as 10.0.0.0/8");
  return z.NEVER;
});

function parseRange(text: string): AddressRange | null {
  const [address = "", bitsText, ...rest] = text.split("/");
  const first = parseBare(address);
  if (first === null || rest.length > 0) return null;
  const all = first.toByteArray().length * 8;
  if (bitsText === undefined) return { first, bits: all };
  // Of an IPv4 address that is written as an IPv6 one.
  const isMapped = first.kind() === "ipv4" && address.includes(":");
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) - (isMapped ? 96 : 0) : -1;
  return bits >= 0 && bits <= all ? { first, bits } : null;
}

export function isWithin(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(({ first, bits }) => first.kind() === address.kind() && address.match(first, bits));
}
