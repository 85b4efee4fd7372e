import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findApiKeyForAuth, touchApiKey } from "../store/api-keys.ts";
import { findRunnerForAuth } from "../store/runner-credentials.ts";
import { type Credential, parseCredential, verifyCredential } from "./credentials.ts";
import type { Principal } from "./principal.ts";

/** How long an isolate trusts what it read: the longest that a revoked credential may live elsewhere. */
const CACHE_MS = 30_000;
const CACHE_ENTRIES = 1_000;
const MINUTE_MS = 60_000;

interface Holder {
  readonly principal: Principal;
  readonly hash: string;
  /** After this it must be read again: the cache's time, or the credential's own expiry. */
  readonly until: number;
}
const cache = new Map<string, Holder>();

export interface BearerContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly now: number;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Who holds this credential. Throws `unauthenticated` for every reason alike. */
export async function verifyBearer(context: BearerContext, text: string): Promise<Principal> {
  const credential = parseCredential(context.settings, text);
  if (!credential) throw new ReelwayError("unauthenticated");
  const holder = cached(credential.id, context.now) ?? (await lookUp(context, credential));
  if (!holder || !(await verifyCredential(context.settings, credential, holder.hash)))
    throw new ReelwayError("unauthenticated");
  remember(credential.id, holder);
  return holder.principal;
}

/** Forgets a credential at once in this isolate: call it on revocation. Others forget within 30 seconds. */
export function forgetCredential(id: string): void {
  cache.delete(id);
}

function cached(id: string, now: number): Holder | undefined {
  const holder = cache.get(id);
  return holder && holder.until > now ? holder : undefined;
}

function remember(id: string, holder: Holder): void {
  if (cache.size >= CACHE_ENTRIES && !cache.has(id)) cache.clear();
  cache.set(id, holder);
}

function lookUp(context: BearerContext, credential: Credential): Promise<Holder | undefined> {
  if (credential.kind === "api_key") return lookUpApiKey(context, credential.id);
  if (credential.kind === "runner") return lookUpRunner(context, credential.id);
  // A registration token proves the right to register, nothing else.
  return Promise.resolve(undefined);
}

async function lookUpApiKey({ env, now, waitUntil }: BearerContext, id: string): Promise<Holder | undefined> {
  const row = await findApiKeyForAuth(env, id);
  if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return undefined;
  const minute = now - (now % MINUTE_MS);
  if ((row.lastUsedAt ?? 0) < minute) waitUntil(touchApiKey(env, row.id, minute));
  return {
    principal: {
      kind: "api_key",
      id: row.id,
      tenantId: row.tenantId,
      role: row.role,
      scopes: row.scopes,
      platform: row.platform,
    },
    hash: row.hash,
    until: Math.min(now + CACHE_MS, row.expiresAt ?? Number.POSITIVE_INFINITY),
  };
}

async function lookUpRunner({ env, now }: BearerContext, id: string): Promise<Holder | undefined> {
  const row = await findRunnerForAuth(env, id);
  if (!row || row.revokedAt !== null) return undefined;
  const { name, region, labels, hash } = row;
  const principal = {
    kind: "runner",
    id,
    name,
    region,
    labels,
    role: "runner",
    scopes: null,
    platform: false,
  } as const;
  return { principal, hash, until: now + CACHE_MS };
}
