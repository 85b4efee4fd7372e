import type { Principal } from "./principal.ts";

/** How long an isolate trusts what it read: the longest that a revoked credential may live elsewhere. */
export const holderMs = 30_000;
const MOST = 1_000;

/** Who holds a credential or session, and how it proves itself. */
export interface Holder {
  readonly principal: Principal;
  /** The hash of the secret; of a session with tokens, which prove themselves by a signature, the version of its user. */
  readonly proof: string;
  /** After this it must be read again: `holderMs` from the reading, or the credential's own expiry. */
  readonly until: number;
}

/** By the id of the key, runner or session. */
const holders = new Map<string, Holder>();

export function knownHolder(id: string, now: number): Holder | undefined {
  const holder = holders.get(id);
  return holder && holder.until > now ? holder : undefined;
}

export function rememberHolder(id: string, holder: Holder): void {
  if (holders.size >= MOST && !holders.has(id)) holders.clear();
  holders.set(id, holder);
}

/**
 * Forgets a credential or session at once in this isolate, and the browsers that are signed in with it: call it on
 * revocation. Others forget within 30 seconds.
 */
export function forgetCredential(id: string): void {
  holders.delete(id);
  for (const [sessionId, { principal }] of holders) if (principal.id === id) holders.delete(sessionId);
}

/** The same for everything that hangs on a user: their sessions, and the keys that they made. */
export function forgetUser(userId: string): void {
  for (const [id, { principal }] of holders)
    if (principal.kind !== "runner" && principal.userId === userId) holders.delete(id);
}
