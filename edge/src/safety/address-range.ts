import ipaddr from "ipaddr.js";
import { z } from "zod";

/** Addresses that begin with the same bits (CIDR, RFC 4632): a single one has all of its own. */
export type AddressRange = readonly [first: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export const AddressRange = z
  .string()
  .refine(
    (text) => ipaddr.isValidCIDR(text) || ipaddr.isValid(text),
    "must be an address such as 127.0.0.1, or a range such as 10.0.0.0/8",
  )
  .transform((text): AddressRange => {
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.toByteArray().length * 8];
  });

/** Whether this valid address is in one of them. An IPv4 address is the same when it is written as an IPv6 one. */
export function isWithin(text: string, ranges: readonly AddressRange[]): boolean {
  const address = ipaddr.process(text);
  return ranges.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits));
}
