import type { SignInLink } from "@reelway/shared/contracts/browser-session";
import { newId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { AuditEntry } from "../../audit/audit-entry.ts";
import { mintCredential } from "../../auth/credentials.ts";
import type { Caller } from "../../auth/principal.ts";
import type { Env } from "../../env.ts";
import type { Settings } from "../../settings.ts";
import { insertSignInLink } from "../../store/sign-in-links.ts";

export interface LinkCreation {
  readonly caller: Caller;
  readonly now: number;
  /** The line for the audit log, once the link's id is known. */
  readonly auditWith: (linkId: string) => AuditEntry;
}

/** A link that signs one browser in, once, as the very key or user that asks for it. */
export async function createSignInLink(
  env: Env,
  settings: Settings,
  { caller, now, auditWith }: LinkCreation,
): Promise<SignInLink> {
  const id = newId("lnk");
  const { text: code, hash } = await mintCredential(settings, "sign_in_link", id);
  const expiresAt = now + limits.signInLinkMs;
  const maker =
    caller.kind === "api_key"
      ? { keyId: caller.id, sessionId: null }
      : { keyId: null, sessionId: caller.sessionId ?? null };
  const link = { id, tenantId: caller.tenantId, hash, ...maker, createdAt: now, expiresAt, usedAt: null };
  await insertSignInLink(env, link, auditWith(id));
  return { url: `${settings.publicUrl}/#/sign-in?code=${code}`, code, expiresAt };
}
