import { limits } from "../limits.ts";

/** Who a URL that a user gave may lead to. */
export interface UrlPolicy {
  /** For tests and closed networks: http, any port, and private names and addresses pass too. */
  readonly allowPrivate: boolean;
  /** Hosts of this installation, in lower case: neither they nor names below them are anybody's webhook or source. */
  readonly ownHosts: readonly string[];
}

export type UrlRefusal =
  | "malformed"
  | "too_long"
  | "scheme"
  | "port"
  | "credentials"
  | "address_literal"
  | "private_name"
  | "own_host";

export type GuardedUrl =
  | { readonly url: URL; readonly refused?: undefined }
  | { readonly refused: UrlRefusal; readonly message: string };

const PORTS: readonly string[] = ["", "443", "8443"];
const PRIVATE_SUFFIXES: readonly string[] = ["local", "internal", "localhost", "home.arpa", "onion"];
/** Parsers disagree about them (WHATWG drops some, turns others into slashes), so no URL needs them. */
const AMBIGUOUS = /[\p{Cc}\p{Z}\p{Cf}\\]/u;

/**
 * The one rule for every URL that a user gives, in Worker and runner: https at its usual ports, to a public name, without
 * credentials. It can't see where the name leads: whoever connects checks the address too (`isPublicAddress`).
 */
export function guardUrl(text: string, policy: UrlPolicy): GuardedUrl {
  if (text.length > limits.urlLength) return refuse("too_long", `must be at most ${limits.urlLength} characters`);
  const url = AMBIGUOUS.test(text) ? null : URL.parse(text);
  if (!url) return refuse("malformed", "must be a URL such as https://example.com/path");
  if (url.protocol !== "https:" && !(policy.allowPrivate && url.protocol === "http:"))
    return refuse("scheme", "must begin with https://");
  if (url.username !== "" || url.password !== "") return refuse("credentials", "must not carry a name or password");
  // A host with a dot at its end is the same host: one spelling from here on.
  url.hostname = url.hostname.replace(/\.$/, "");
  if (policy.allowPrivate) return { url };
  return refuseHost(url, policy) ?? { url };
}

function refuseHost({ hostname, port }: URL, { ownHosts }: UrlPolicy): GuardedUrl | undefined {
  // The parser has brought every spelling (decimal, octal, hex, short, full-width) to this one form.
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith("["))
    return refuse("address_literal", "must name a host, not an IP address");
  if (!PORTS.includes(port)) return refuse("port", "must use port 443 or 8443");
  const labels = hostname.split(".");
  if (labels.length < 2 || labels.includes(""))
    return refuse("private_name", "must name a host on the public internet");
  if (PRIVATE_SUFFIXES.some((suffix) => isWithin(hostname, suffix)))
    return refuse("private_name", "must name a host on the public internet");
  if (ownHosts.some((own) => isWithin(hostname, own))) return refuse("own_host", "must not lead back to this service");
  return undefined;
}

function isWithin(hostname: string, parent: string): boolean {
  return hostname === parent || hostname.endsWith(`.${parent}`);
}

function refuse(refused: UrlRefusal, message: string): GuardedUrl {
  return { refused, message };
}
