import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { ApiKeyId } from "@reelway/shared/ids";
import { type Permission, permissionTable, type Role } from "@reelway/shared/permissions";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findApiKeyForAuth, touchApiKey } from "../store/api-keys.ts";
import { findRunnerForAuth } from "../store/runner-credentials.ts";
import { findSessionForAuth, isLive } from "../store/sessions.ts";
import { type AccessClaims, looksLikeAccessToken, verifyAccessToken } from "./access-token.ts";
import { type Credential, parseCredential, verifyCredential } from "./credentials.ts";
import type { Caller, Principal } from "./principal.ts";

/** How long an isolate trusts what it read: the longest that a revoked credential may live elsewhere. */
const CACHE_MS = 30_000;
const CACHE_ENTRIES = 1_000;
const MINUTE_MS = 60_000;

interface Holder {
  readonly principal: Principal;
  /** Of the secret; of a session, which proves itself by a signature, the version of its user. */
  readonly proof: string;
  /** After this it must be read again: the cache's time, or the credential's own expiry. */
  readonly until: number;
}
/** By the id of the key, runner or session. */
const cache = new Map<string, Holder>();

export interface BearerContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly now: number;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Who holds this API key, runner credential or access token. Throws `unauthenticated` for every reason alike. */
export async function verifyBearer(context: BearerContext, text: string): Promise<Principal> {
  const principal = looksLikeAccessToken(text) ? await verifySession(context, text) : await verifySecret(context, text);
  if (!principal) throw new ReelwayError("unauthenticated");
  return principal;
}

async function verifySecret(context: BearerContext, text: string): Promise<Principal | undefined> {
  const credential = parseCredential(context.settings, text);
  if (!credential) return undefined;
  const holder = cached(credential.id, context.now) ?? (await lookUp(context, credential));
  if (!holder || !(await verifyCredential(context.settings, credential, holder.proof))) return undefined;
  remember(credential.id, holder);
  return holder.principal;
}

async function verifySession({ env, settings, now }: BearerContext, text: string): Promise<Principal | undefined> {
  const claims = await verifyAccessToken(env, settings, text, now);
  if (!claims) return undefined;
  const proof = proofOf(claims);
  const known = cached(claims.sessionId, now);
  // What is remembered may be of an older version of the user than the token: then it is read again.
  const holder = known?.proof === proof ? known : await lookUpSession(env, claims, now);
  if (holder?.proof !== proof) return undefined;
  remember(claims.sessionId, holder);
  return holder.principal;
}

/**
 * Whether an API key or session (by its id) still holds, read anew: for what was opened with it and is still open. All
 * who can sign in may read, so what their role has become since does not matter here.
 */
export async function stillHolds(env: Env, credentialId: string, now: number): Promise<boolean> {
  if (ApiKeyId.safeParse(credentialId).success) return isLiveKey(await findApiKeyForAuth(env, credentialId), now);
  const found = await findSessionForAuth(env, credentialId);
  return found !== undefined && isLive(found.session, found.user, now);
}

/** Forgets a credential or session at once in this isolate: call it on revocation. Others forget within 30 seconds. */
export function forgetCredential(id: string): void {
  cache.delete(id);
}

/** The same for everything that hangs on a user: their sessions, and the keys that they made. */
export function forgetUser(userId: string): void {
  for (const [id, { principal }] of cache)
    if (principal.kind !== "runner" && principal.userId === userId) cache.delete(id);
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
  // Registration tokens, invitations and refresh tokens prove the right to one thing, at its own route.
  return Promise.resolve(undefined);
}

async function lookUpApiKey({ env, now, waitUntil }: BearerContext, id: string): Promise<Holder | undefined> {
  const found = await findApiKeyForAuth(env, id);
  if (!found || !isLiveKey(found, now)) return undefined;
  const { key, platform, maker } = found;
  const minute = now - (now % MINUTE_MS);
  if ((key.lastUsedAt ?? 0) < minute) waitUntil(touchApiKey(env, key.id, minute));
  const principal: Caller = {
    kind: "api_key",
    id: key.id,
    tenantId: key.tenantId,
    role: key.role,
    scopes: maker ? withinRole(key.scopes, maker.role) : key.scopes,
    platform,
    userId: key.makerId ?? undefined,
  };
  return { principal, proof: key.hash, until: Math.min(now + CACHE_MS, key.expiresAt ?? Number.POSITIVE_INFINITY) };
}

/** Not revoked, not expired, and its maker still there. */
function isLiveKey(found: Awaited<ReturnType<typeof findApiKeyForAuth>>, now: number): boolean {
  if (!found) return false;
  const { key, maker } = found;
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return false;
  return key.makerId === null || (maker !== null && maker.disabledAt === null);
}

/** The scopes of a key whose maker has this role now: a key can't do what its maker can't. */
function withinRole(scopes: readonly Permission[] | null, role: Role): readonly Permission[] {
  return permissionTable[role].filter((permission) => scopes?.includes(permission) ?? true);
}

async function lookUpSession(env: Env, claims: AccessClaims, now: number): Promise<Holder | undefined> {
  const found = await findSessionForAuth(env, claims.sessionId);
  if (!found || !isLive(found.session, found.user, now)) return undefined;
  const { session, user, platform } = found;
  const principal: Caller = {
    kind: "user",
    id: user.id,
    tenantId: user.tenantId,
    role: user.role,
    scopes: null,
    platform,
    userId: user.id,
    sessionId: session.id,
  };
  const version = user.version;
  const proof = proofOf({ userId: user.id, tenantId: user.tenantId, sessionId: session.id, userVersion: version });
  return { principal, proof, until: Math.min(now + CACHE_MS, session.expiresAt) };
}

/** A token is one of this session only if it names its user, tenant and version. */
function proofOf({ userId, tenantId, userVersion }: AccessClaims): string {
  return `${userId} ${tenantId} ${userVersion}`;
}

async function lookUpRunner({ env, now }: BearerContext, id: string): Promise<Holder | undefined> {
  const row = await findRunnerForAuth(env, id);
  if (!row || row.revokedAt !== null) return undefined;
  const { name, region, labels, drainedAt, hash } = row;
  const principal = {
    kind: "runner",
    id,
    name,
    region,
    labels,
    drained: drainedAt !== null,
    role: "runner",
    scopes: null,
    platform: false,
  } as const;
  return { principal, proof: hash, until: now + CACHE_MS };
}
