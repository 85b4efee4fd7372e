import type {
  RegistrationToken,
  RegistrationTokenCreated,
  RegistrationTokenRequest,
} from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential } from "../auth/credentials.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { Settings } from "../settings.ts";
import {
  findRegistrationToken,
  insertRegistrationToken,
  type RegistrationTokenRow,
} from "../store/registration-tokens.ts";

interface TokenCreation {
  readonly wanted: z.output<typeof RegistrationTokenRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly now: number;
  /** The line for the audit log, once the token's id is known. */
  readonly auditWith: (tokenId: string) => AuditEntry;
}

/** Makes a registration token: good for so many runners, until it expires. Its text is in this answer only; a replay has none. */
export async function createRegistrationToken(
  env: Env,
  settings: Settings,
  { wanted, request, now, auditWith }: TokenCreation,
): Promise<{ token: RegistrationTokenCreated; replayed: boolean }> {
  const id = newId("rtk");
  const { text, hash } = await mintCredential(settings, "registration_token", id);
  const row: RegistrationTokenRow = {
    id,
    hash,
    region: wanted.region ?? null,
    labels: wanted.labels ? [...new Set(wanted.labels)] : null,
    maxUses: wanted.maxUses,
    uses: 0,
    createdAt: now,
    expiresAt: now + wanted.expiresInSeconds * 1_000,
    revokedAt: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const holder = await insertRegistrationToken(env, row, auditWith(id), claim);
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined || existingId === id)
    return { token: { ...presentRegistrationToken(row), token: text }, replayed: false };
  const existing = await findRegistrationToken(env, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { token: { ...presentRegistrationToken(existing), token: null }, replayed: true };
}

/** A registration token as the API shows it: never its hash. */
export function presentRegistrationToken({ hash: _, ...shown }: RegistrationTokenRow): RegistrationToken {
  return shown;
}
