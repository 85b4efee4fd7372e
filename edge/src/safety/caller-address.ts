import ipaddr from "ipaddr.js";

/** Of an IPv6 address in full, with an IPv4 one at its end. */
const LONGEST_ADDRESS = 45;
const COUNTRY = /^[A-Z0-9]{2}$/;

/**
 * Where a request came from, as the platform tells it. Outside Cloudflare the caller may have written it: what is no
 * address or country is null, and gets into no row or log.
 */
export function callerPlace(header: (name: string) => string | undefined): {
  ip: string | null;
  country: string | null;
} {
  const ip = header("cf-connecting-ip") ?? "";
  const country = header("cf-ipcountry") ?? "";
  return {
    ip: ip.length <= LONGEST_ADDRESS && ipaddr.isValid(ip) ? ip : null,
    country: COUNTRY.test(country) ? country : null,
  };
}

/** Sets of /64 networks that one /48 is counted as: a site that holds a whole /48 gets no more than these many shares. */
const SHARES_OF_48 = 0xf;

/**
 * Whom an anonymous request is counted for: an IPv4 address, or the /64 of an IPv6 one (a host has a whole /64), many of
 * them together where they lie in one /48. Requests without a known address count together.
 */
export function addressKey(text: string | undefined): string {
  if (text === undefined || !ipaddr.isValid(text)) return "unknown";
  const address = ipaddr.process(text);
  if (address.kind() === "ipv4") return address.toString();
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv6.parse(address.toString()).parts;
  return `${[a, b, c].map((part) => part.toString(16)).join(":")}/48#${d & SHARES_OF_48}`;
}
