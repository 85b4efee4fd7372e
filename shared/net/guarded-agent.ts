import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { networkInterfaces } from "node:os";
import { Agent, buildConnector } from "undici";
import { isPublicAddress } from "./public-address.ts";

export interface GuardedAgentOptions {
  /** For tests and closed networks: any address passes. */
  readonly allowPrivate: boolean;
  /** How names become addresses. Default: as the system does it. */
  readonly lookup?: LookupFunction | undefined;
  /** Longest wait for a connection. */
  readonly connectTimeoutMs: number;
  /** Longest silence before the answer begins, and within it. */
  readonly idleTimeoutMs: number;
}

/** A connection that was not made, or not kept, since it would lead to an address that is not public. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  constructor(hostname: string) {
    super(`${hostname} does not lead to a public address`);
  }
}

/**
 * An HTTP client for URLs that users gave (Node only): it connects to public addresses only. The name's answers are
 * checked, all of them, where they are used, so that a name that changes its answer in between gains nothing; literals,
 * which no resolver sees, and the socket's own far end are checked too. Proxies of the environment are not used.
 */
export function guardedAgent({ allowPrivate, lookup, connectTimeoutMs, idleTimeoutMs }: GuardedAgentOptions): Agent {
  const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs };
  const resolve = lookup ?? systemLookup;
  if (allowPrivate)
    return new Agent({ ...timeouts, connect: { allowH2: false, timeout: connectTimeoutMs, lookup: resolve } });

  const isAllowed = (address: string) => isPublicAddress(address, ownAddresses());
  const checked = checkedLookup(resolve, isAllowed);
  const connect = buildConnector({ allowH2: false, timeout: connectTimeoutMs, lookup: checked });
  return new Agent({
    ...timeouts,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 && !isAllowed(host)) return callback(new AddressRefused(host), null);
      connect(options, (...[error, socket]) => {
        if (error) return callback(error, null);
        if (isAllowed(socket.remoteAddress ?? "")) return callback(null, socket);
        socket.destroy();
        callback(new AddressRefused(host), null);
      });
    },
  });
}

/** A name with even one answer that is not public is refused: which answer is used is not ours to choose. */
function checkedLookup(resolve: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, "", 0);
      const answers = typeof found === "string" ? [{ address: found, family: family ?? isIP(found) }] : found;
      const [first] = answers;
      if (!first || !answers.every(({ address }) => isAllowed(address)))
        return callback(new AddressRefused(hostname), "", 0);
      if (options.all) callback(null, answers);
      else callback(null, first.address, first.family);
    });
}

/** Interfaces come and go with networks and VPNs, so they are read anew. */
function ownAddresses(): ReadonlySet<string> {
  const interfaces = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new Set(interfaces.map(({ address }) => address));
}
