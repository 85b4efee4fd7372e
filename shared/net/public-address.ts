import ipaddr from "ipaddr.js";

/** Reachable from a cloud's hosts as if public, yet the cloud's own: Azure's metadata and DNS service. */
const CLOUD_INTERNAL: ReadonlySet<string> = new Set(["168.63.129.16"]);

/** All of IPv6 that is given out to the internet (RFC 4291 §2.4, IANA): outside it lie old forms such as `::127.0.0.1`. */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/**
 * Whether an address belongs to somebody on the public internet: not private, loopback, link-local, shared (CGNAT),
 * multicast, reserved, or an IPv6 form that carries an IPv4 address (NAT64, 6to4, Teredo). Text that is no address is not.
 * `own` are further addresses that are refused: those of the host itself.
 */
export function isPublicAddress(text: string, own: ReadonlySet<string> = new Set()): boolean {
  // A zone id names an interface of this host: such an address is never a public one.
  if (text.includes("%") || !ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  const normal = address.toString();
  if (address.range() !== "unicast" || CLOUD_INTERNAL.has(normal) || own.has(normal)) return false;
  return address.kind() === "ipv4" || address.match(GLOBAL_UNICAST);
}
