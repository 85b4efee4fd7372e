import type { RegistrationToken, RegistrationTokenRequest } from "@reelway/shared/contracts/runner";
import { newId } from "@reelway/shared/ids";
import type { z } from "zod";
import { mintCredential } from "../auth/credentials.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { databaseOf } from "../store/database.ts";
import { registrationTokens } from "../store/schema.ts";

/** Makes a registration token: good for so many runners, until it expires. Its text is answered this once. */
export async function createRegistrationToken(
  env: Env,
  settings: Settings,
  request: z.output<typeof RegistrationTokenRequest>,
  now: number,
): Promise<RegistrationToken> {
  const id = newId("rtk");
  const { text, hash } = await mintCredential(settings, "registration_token", id);
  const { maxUses } = request;
  const region = request.region ?? null;
  const expiresAt = now + request.expiresInSeconds * 1_000;
  await databaseOf(env).insert(registrationTokens).values({ id, hash, region, maxUses, createdAt: now, expiresAt });
  return { id, token: text, region, maxUses, expiresAt };
}
