import { minimumProtocol, type Registered, type RegisterRequest } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId } from "@reelway/shared/ids";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential, parseCredential, verifyCredential } from "../auth/credentials.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import {
  findRegistrationToken,
  type RegistrationTokenRow,
  useRegistrationToken,
} from "../store/registration-tokens.ts";
import type { RunnerRow } from "../store/rows.ts";

/**
 * Turns a registration token into a runner with a credential of its own. Throws `runner_outdated`, `labels_refused` for
 * labels that the token does not give, or `registration_refused` for every fault of the token alike.
 */
export async function registerRunner(
  env: Env,
  settings: Settings,
  request: z.output<typeof RegisterRequest>,
  now: number,
  auditWith: (made: { runnerId: string; tokenId: string; labels: readonly string[] }) => AuditEntry,
): Promise<Registered> {
  if (request.protocol < minimumProtocol)
    throw new ReelwayError("runner_outdated", `protocol ${request.protocol}, at least ${minimumProtocol} is needed`);
  const token = await checkedToken(env, settings, request.token);
  const { name, region, version } = request;
  const labels = labelsOf(token, request.labels);
  const id = newRegionalId("run", region);
  const { text, hash } = await mintCredential(settings, "runner", id);
  const row: RunnerRow = {
    id,
    name,
    region,
    labels,
    hash,
    version,
    createdAt: now,
    slots: null,
    revokedAt: null,
    drainedAt: null,
  };
  const audit = auditWith({ runnerId: id, tokenId: token.id, labels });
  if (!(await useRegistrationToken(env, token.id, row, audit))) throw new ReelwayError("registration_refused");
  return { runnerId: id, credential: text };
}

/** Labels decide whose bytes a host gets: where the token names them, the host has no say. */
function labelsOf(token: RegistrationTokenRow, claimed: readonly string[]): string[] {
  const given = token.labels;
  if (given === null) return [...new Set(claimed)];
  const foreign = claimed.filter((label) => !given.includes(label));
  if (foreign.length > 0) throw new ReelwayError("labels_refused", `The token does not give: ${foreign.join(", ")}`);
  return given;
}

async function checkedToken(env: Env, settings: Settings, token: string): Promise<RegistrationTokenRow> {
  const credential = parseCredential(settings, token);
  if (credential?.kind !== "registration_token") throw new ReelwayError("registration_refused");
  const row = await findRegistrationToken(env, credential.id);
  if (!row || !(await verifyCredential(settings, credential, row.hash))) throw new ReelwayError("registration_refused");
  return row;
}
