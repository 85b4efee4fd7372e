import type { WebhookRequest, WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { z } from "zod";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { Settings } from "../settings.ts";
import type { WebhookEndpointRow } from "../store/rows.ts";
import { newVerification } from "../store/webhook-verifications.ts";
import { findWebhook, insertWebhook } from "../store/webhooks.ts";
import { presentWebhook } from "./present.ts";
import { newSecret, sealSecret } from "./secrets.ts";
import { webhookUrlOf } from "./webhook-url.ts";

export interface WebhookCreation {
  readonly id: string;
  readonly tenantId: string;
  readonly wanted: z.output<typeof WebhookRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly audit: AuditEntry;
  readonly now: number;
}

/**
 * Makes an endpoint, whose address is asked at once whether it wants to be called. Its secret is in this answer only; a
 * replay has none.
 * Throws `source_forbidden` for a URL that may not be called, `too_many_webhooks`, `idempotency_mismatch`.
 */
export async function createWebhook(
  env: Env,
  settings: Settings,
  { id, tenantId, wanted, request, audit, now }: WebhookCreation,
): Promise<{ webhook: WebhookWithSecret; replayed: boolean }> {
  const url = webhookUrlOf(settings, wanted.url, "url");
  const secret = newSecret();
  const row: WebhookEndpointRow = {
    id,
    tenantId,
    url,
    description: wanted.description,
    events: wanted.events,
    encryptedSecret: await sealSecret(settings, { tenantId, id }, secret),
    encryptedPreviousSecret: null,
    previousSecretUntil: null,
    failures: 0,
    failingSince: null,
    pausedUntil: null,
    createdAt: now,
    verifiedAt: null,
    disabledAt: null,
    disabledReason: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const { stored, holder } = await insertWebhook(env, row, await newVerification(tenantId, now), audit, claim);
  if (stored) return { webhook: { ...presentWebhook(stored, now), secret }, replayed: false };
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined)
    throw new ReelwayError("too_many_webhooks", `A tenant may have ${limits.webhooksPerTenant}`);
  const existing = await findWebhook(env, tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found", "What this Idempotency-Key made has been deleted");
  return { webhook: { ...presentWebhook(existing, now), secret: null }, replayed: true };
}
