import type { ApiKeyCreated, ApiKeyRequest } from "@reelway/shared/contracts/api-key";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { mayGrant } from "@reelway/shared/permissions";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential } from "../auth/credentials.ts";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import { invalidField } from "../http/invalid-field.ts";
import type { Settings } from "../settings.ts";
import { findApiKey, insertApiKey } from "../store/api-keys.ts";
import type { ApiKeyRow } from "../store/rows.ts";
import { findTenant } from "../store/tenants.ts";
import { presentApiKey } from "./present.ts";
import { tenantInScope } from "./tenant-in-scope.ts";

export interface ApiKeyCreation {
  readonly caller: Caller;
  readonly wanted: z.output<typeof ApiKeyRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly now: number;
  /** The line for the audit log, once the key's id is known. */
  readonly auditWith: (keyId: string) => AuditEntry;
}

/**
 * Makes an API key. Its secret is in this answer only; a replay has none.
 * Throws `forbidden` for a role above the caller's own, or a tenant that is not the caller's; `too_many_keys`.
 */
export async function createApiKey(
  env: Env,
  settings: Settings,
  { caller, wanted, request, now, auditWith }: ApiKeyCreation,
): Promise<{ key: ApiKeyCreated; replayed: boolean }> {
  const tenantId = tenantInScope(caller, wanted.tenantId);
  const scopes = wanted.scopes ? [...new Set(wanted.scopes)] : null;
  if (!mayGrant(caller, { role: wanted.role, scopes }))
    throw new ReelwayError("forbidden", `A ${caller.role} can't grant more than they have themselves`);
  if (wanted.expiresAt !== undefined && wanted.expiresAt <= now)
    throw invalidField("expiresAt", "must be in the future");

  const id = newId("key");
  const { text, prefix, hash } = await mintCredential(settings, "api_key", id);
  const row: ApiKeyRow = {
    id,
    tenantId,
    name: wanted.name,
    role: wanted.role,
    makerId: caller.userId ?? null,
    scopes,
    prefix,
    hash,
    createdAt: now,
    expiresAt: wanted.expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const { stored, holder } = await insertApiKey(env, row, auditWith(id), claim);
  const existingId = request && replayedId(request, holder);
  if (stored) return { key: { ...presentApiKey(stored), secret: text }, replayed: false };
  const existing = existingId === undefined ? undefined : await findApiKey(env, tenantId, existingId);
  if (!existing) throw await whyNot(env, row);
  return { key: { ...presentApiKey(existing), secret: null }, replayed: true };
}

/** The insert decided; this only tells what stood in the way. */
async function whyNot(env: Env, { tenantId, makerId }: ApiKeyRow): Promise<ReelwayError> {
  if (makerId === null || !(await findTenant(env, tenantId)))
    return new ReelwayError("not_found", "There is no such tenant");
  return new ReelwayError("too_many_keys", `At most ${limits.keysPerPerson} that hold`);
}
