/** Addresses and credentials that are remembered at most; the oldest are forgotten first. */
const REMEMBERED = 2_000;

/**
 * What this isolate knows of who sent bad credentials: an address that sent too many is refused for a while, except with a
 * credential that was found good. The limit itself is the binding's; this only keeps refusals from costing a look-up.
 */
const refusedUntil = new Map<string, number>();
const foundGood = new Map<string, true>();

export function isRefused(address: string, credential: string, now: number): boolean {
  return (refusedUntil.get(address) ?? 0) > now && !foundGood.has(credential);
}

export function refuseUntil(address: string, until: number): void {
  keep(refusedUntil, address, until);
}

export function rememberGood(credential: string): void {
  keep(foundGood, credential, true);
}

/** It was refused: from now on it is no pass. */
export function forgetGood(credential: string): void {
  foundGood.delete(credential);
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
