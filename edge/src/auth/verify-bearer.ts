import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findApiKeyForAuth, touchApiKey } from "../store/api-keys.ts";
import { findRunnerForAuth } from "../store/runner-credentials.ts";
import { findSessionForAuth, isLive } from "../store/sessions.ts";
import { type AccessClaims, looksLikeAccessToken, verifyAccessToken } from "./access-token.ts";
import { callerWithKey, isLiveKey } from "./api-key-holder.ts";
import { type Credential, parseCredential, verifyCredential } from "./credentials.ts";
import { type Holder, holderMs, knownHolder, rememberHolder } from "./holders.ts";
import type { Principal } from "./principal.ts";
import { callerBySession } from "./session-caller.ts";

const MINUTE_MS = 60_000;

/** What a credential is verified with. */
export interface AuthContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly now: number;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Who holds this API key, runner credential or access token. Throws `unauthenticated` for every reason alike. */
export async function verifyBearer(context: AuthContext, text: string): Promise<Principal> {
  const principal = looksLikeAccessToken(text) ? await verifySession(context, text) : await verifySecret(context, text);
  if (!principal) throw new ReelwayError("unauthenticated");
  return principal;
}

async function verifySecret(context: AuthContext, text: string): Promise<Principal | undefined> {
  const credential = parseCredential(context.settings, text);
  // All others prove the right to one thing, at its own route, or count as a cookie only.
  if (credential?.kind !== "api_key" && credential?.kind !== "runner") return undefined;
  const holder = knownHolder(credential.id, context.now) ?? (await lookUp(context, credential));
  if (!holder || !(await verifyCredential(context.settings, credential, holder.proof))) return undefined;
  rememberHolder(credential.id, holder);
  return holder.principal;
}

async function verifySession({ env, settings, now }: AuthContext, text: string): Promise<Principal | undefined> {
  const claims = await verifyAccessToken(env, settings, text, now);
  if (!claims) return undefined;
  const proof = proofOf(claims);
  const known = knownHolder(claims.sessionId, now);
  // What is remembered may be of an older version of the user than the token: then it is read again.
  const holder = known?.proof === proof ? known : await lookUpSession(env, claims, now);
  if (holder?.proof !== proof) return undefined;
  rememberHolder(claims.sessionId, holder);
  return holder.principal;
}

function lookUp(context: AuthContext, { kind, id }: Credential): Promise<Holder | undefined> {
  return kind === "runner" ? lookUpRunner(context, id) : lookUpApiKey(context, id);
}

async function lookUpApiKey({ env, now, waitUntil }: AuthContext, id: string): Promise<Holder | undefined> {
  const found = await findApiKeyForAuth(env, id);
  if (!found || !isLiveKey(found, now)) return undefined;
  const { key } = found;
  const minute = now - (now % MINUTE_MS);
  if ((key.lastUsedAt ?? 0) < minute) waitUntil(touchApiKey(env, key.id, minute));
  const until = Math.min(now + holderMs, key.expiresAt ?? Number.POSITIVE_INFINITY);
  return { principal: callerWithKey(found), proof: key.hash, until };
}

async function lookUpSession(env: Env, claims: AccessClaims, now: number): Promise<Holder | undefined> {
  const found = await findSessionForAuth(env, claims.sessionId);
  if (!found || !isLive(found.session, found.user, now)) return undefined;
  const { session, user, platform } = found;
  const principal = callerBySession(user, session.id, platform);
  const version = user.version;
  const proof = proofOf({ userId: user.id, tenantId: user.tenantId, sessionId: session.id, userVersion: version });
  return { principal, proof, until: Math.min(now + holderMs, session.expiresAt) };
}

/** A token is one of this session only if it names its user, tenant and version. */
function proofOf({ userId, tenantId, userVersion }: AccessClaims): string {
  return `${userId} ${tenantId} ${userVersion}`;
}

async function lookUpRunner({ env, now }: AuthContext, id: string): Promise<Holder | undefined> {
  const row = await findRunnerForAuth(env, id);
  if (!row || row.revokedAt !== null) return undefined;
  const { name, region, labels, slots, drainedAt, hash } = row;
  const principal = {
    kind: "runner",
    id,
    name,
    region,
    labels,
    drained: drainedAt !== null,
    slots,
    role: "runner",
    scopes: null,
    platform: false,
  } as const;
  return { principal, proof: hash, until: now + holderMs };
}
