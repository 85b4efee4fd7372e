import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import type { Auditor } from "../../audit/audit-entry.ts";
import { isLiveKey } from "../../auth/api-key-holder.ts";
import { parseCredential, verifyCredential } from "../../auth/credentials.ts";
import type { Env } from "../../env.ts";
import type { Settings } from "../../settings.ts";
import { findApiKeyForAuth } from "../../store/api-keys.ts";
import { recordAudit } from "../../store/audit-log.ts";
import type { ApiKeyRow, SignInLinkRow, UserRow } from "../../store/rows.ts";
import { findSessionForAuth, isLive } from "../../store/sessions.ts";
import { findSignInLink } from "../../store/sign-in-links.ts";
import { provePassword } from "../prove-password.ts";

export interface ProofContext {
  readonly ip: string | null;
  readonly now: number;
  readonly auditWith: Auditor;
}

/** Whom a browser is signed in as, and what its session hangs on. */
export type Proof =
  | { readonly by: "password"; readonly user: UserRow }
  | { readonly by: "key"; readonly key: ApiKeyRow; readonly linkId: string | null }
  | {
      readonly by: "session";
      readonly user: UserRow;
      readonly parent: { readonly id: string; readonly expiresAt: number };
      readonly linkId: string;
    };

/**
 * What was shown, proved. Throws `unauthenticated` for a key, `login_refused` and `rate_limited` for a password,
 * `sign_in_link_refused` for a code.
 */
export async function prove(
  env: Env,
  settings: Settings,
  shown: z.output<typeof BrowserSignIn>,
  context: ProofContext,
): Promise<Proof> {
  if ("key" in shown) return { by: "key", key: await proveKey(env, settings, shown.key, context.now), linkId: null };
  if ("code" in shown) return proveCode(env, settings, shown.code, context);
  return { by: "password", user: await provePassword(env, settings, { ...shown, ...context }) };
}

async function proveKey(env: Env, settings: Settings, text: string, now: number): Promise<ApiKeyRow> {
  const credential = parseCredential(settings, text.trim());
  const found = credential?.kind === "api_key" ? await findApiKeyForAuth(env, credential.id) : undefined;
  if (
    !credential ||
    !found ||
    !isLiveKey(found, now) ||
    !(await verifyCredential(settings, credential, found.key.hash))
  )
    throw new ReelwayError("unauthenticated", "This is not an API key that is valid here");
  return found.key;
}

async function proveCode(env: Env, settings: Settings, code: string, { now, auditWith }: ProofContext): Promise<Proof> {
  const credential = parseCredential(settings, code);
  const link = credential?.kind === "sign_in_link" ? await findSignInLink(env, credential.id) : undefined;
  if (!credential || !link || !(await verifyCredential(settings, credential, link.hash)))
    throw new ReelwayError("sign_in_link_refused");
  const proof = link.usedAt === null && link.expiresAt > now ? await proveMaker(env, link, now) : undefined;
  if (proof) return proof;
  // Guesses end above: somebody has seen this link.
  const reason = link.usedAt !== null ? "link_used" : link.expiresAt <= now ? "link_expired" : "link_void";
  const audit = { action: "session.refuse", tenantId: link.tenantId, resource: link.id, detail: { reason } } as const;
  await recordAudit(env, auditWith(audit));
  throw new ReelwayError("sign_in_link_refused");
}

/** Whoever made the link, if they may still sign in; undefined if not. */
async function proveMaker(env: Env, link: SignInLinkRow, now: number): Promise<Proof | undefined> {
  if (link.keyId !== null) {
    const found = await findApiKeyForAuth(env, link.keyId);
    return found && isLiveKey(found, now) ? { by: "key", key: found.key, linkId: link.id } : undefined;
  }
  const found = await findSessionForAuth(env, link.sessionId ?? "");
  if (!found || !isLive(found.session, found.user, now)) return undefined;
  return { by: "session", user: found.user, parent: found.session, linkId: link.id };
}
