import { minimumProtocol, type Registered, type RegisterRequest } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId } from "@reelway/shared/ids";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential, parseCredential, verifyCredential } from "../auth/credentials.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { findRegistrationToken, useRegistrationToken } from "../store/registration-tokens.ts";
import type { RunnerRow } from "../store/rows.ts";

/**
 * Turns a registration token into a runner with a credential of its own. Throws `runner_outdated`, or
 * `registration_refused` for every fault of the token alike.
 */
export async function registerRunner(
  env: Env,
  settings: Settings,
  request: z.output<typeof RegisterRequest>,
  now: number,
  auditWith: (made: { runnerId: string; tokenId: string }) => AuditEntry,
): Promise<Registered> {
  if (request.protocol < minimumProtocol)
    throw new ReelwayError("runner_outdated", `protocol ${request.protocol}, at least ${minimumProtocol} is needed`);
  const tokenId = await checkedTokenId(env, settings, request.token);
  const { name, region, labels, version } = request;
  const id = newRegionalId("run", region);
  const { text, hash } = await mintCredential(settings, "runner", id);
  const row: RunnerRow = {
    id,
    name,
    region,
    labels: [...new Set(labels)],
    hash,
    version,
    createdAt: now,
    revokedAt: null,
    drainedAt: null,
  };
  const audit = auditWith({ runnerId: id, tokenId });
  if (!(await useRegistrationToken(env, tokenId, row, audit))) throw new ReelwayError("registration_refused");
  return { runnerId: id, credential: text };
}

async function checkedTokenId(env: Env, settings: Settings, token: string): Promise<string> {
  const credential = parseCredential(settings, token);
  if (credential?.kind !== "registration_token") throw new ReelwayError("registration_refused");
  const row = await findRegistrationToken(env, credential.id);
  if (!row || !(await verifyCredential(settings, credential, row.hash))) throw new ReelwayError("registration_refused");
  return credential.id;
}
