import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { z } from "zod";
import { mintCredential } from "../../auth/credentials.ts";
import type { Env } from "../../env.ts";
import type { Settings } from "../../settings.ts";
import { insertBrowserSession } from "../../store/browser-sessions.ts";
import type { SessionRow } from "../../store/rows.ts";
import { insertSession } from "../../store/sessions.ts";
import { shortUserAgent } from "../user-agent.ts";
import { type Proof, type ProofContext, prove } from "./proof.ts";

export interface SignIn extends ProofContext {
  readonly shown: z.output<typeof BrowserSignIn>;
  readonly userAgent: string;
}

/**
 * Signs a browser in. Answers the cookie's text, which is in this answer only. Throws what `prove` throws, also when what
 * was proved ended meanwhile.
 */
export async function beginBrowserSession(
  env: Env,
  settings: Settings,
  signIn: SignIn,
): Promise<{ cookie: string; session: SessionRow }> {
  const proof = await prove(env, settings, signIn.shown, signIn);
  const { cookie, session } = await newSession(settings, proof, signIn);
  const linkId = proof.by === "password" ? null : proof.linkId;
  const audit = {
    ...signIn.auditWith({
      action: "session.create",
      tenantId: session.tenantId,
      resource: session.id,
      detail: { browser: true, by: linkId ?? proof.by },
    }),
    ...actorOf(proof),
  };
  const made =
    proof.by === "password"
      ? await insertSession(env, session, audit)
      : await insertBrowserSession(env, session, linkId, audit);
  if (made) return { cookie, session };
  if (linkId !== null) throw new ReelwayError("sign_in_link_refused");
  throw new ReelwayError(proof.by === "password" ? "login_refused" : "unauthenticated");
}

function actorOf(proof: Proof) {
  return proof.by === "key"
    ? ({ actorKind: "api_key", actorId: proof.key.id } as const)
    : ({ actorKind: "user", actorId: proof.user.id } as const);
}

async function newSession(settings: Settings, proof: Proof, { ip, userAgent, now }: SignIn) {
  const id = newId("ses");
  const { text, hash } = await mintCredential(settings, "browser_session", id);
  const holder =
    proof.by === "key"
      ? { tenantId: proof.key.tenantId, userId: "", userVersion: 0, keyId: proof.key.id }
      : { tenantId: proof.user.tenantId, userId: proof.user.id, userVersion: proof.user.version, keyId: null };
  const session: SessionRow = {
    id,
    ...holder,
    parentId: proof.by === "session" ? proof.parent.id : null,
    browser: true,
    hash,
    previousHash: null,
    userAgent: shortUserAgent(userAgent),
    ip,
    createdAt: now,
    refreshedAt: now,
    expiresAt: Math.min(now + settings.browserSessionMs, endOf(proof)),
    revokedAt: null,
  };
  return { cookie: text, session };
}

/** When what it hangs on ends by itself. */
function endOf(proof: Proof): number {
  if (proof.by === "key") return proof.key.expiresAt ?? Number.POSITIVE_INFINITY;
  return proof.by === "session" ? proof.parent.expiresAt : Number.POSITIVE_INFINITY;
}
