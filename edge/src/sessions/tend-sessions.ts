import { limits } from "@reelway/shared/limits";
import { tendSigningKeys } from "../auth/signing-keys.ts";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { deleteOldFailures } from "../store/login-failures.ts";
import { deleteEndedSessions } from "../store/sessions.ts";
import { deleteEndedLinks } from "../store/sign-in-links.ts";

/** The sweep's part: signing keys are replaced in time, and what is over is forgotten. */
export async function tendSessions(env: Env, now: number): Promise<void> {
  await tendSigningKeys(env, settingsOf(env), now);
  await deleteOldFailures(env, now - limits.loginWindowMs);
  await deleteEndedSessions(env, now);
  await deleteEndedLinks(env, now - limits.signInLinkMs);
}
