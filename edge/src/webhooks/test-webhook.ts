import type { WebhookDelivery } from "@reelway/shared/contracts/webhook";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { eventId } from "../events/event-id.ts";
import { noteEvents } from "../events/written.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { WebhookDeliveryRow } from "../store/rows.ts";
import { findDelivery, insertTest } from "../store/webhook-deliveries.ts";
import { findWebhook } from "../store/webhooks.ts";
import { presentDelivery } from "./present.ts";

export interface WebhookTest {
  readonly tenantId: string;
  readonly webhookId: string;
  readonly request: IdempotentRequest | undefined;
  readonly audit: AuditEntry;
  readonly now: number;
}

/** Sends a `webhook.test` event to this one endpoint. Throws `not_found`, `webhook_disabled`, `idempotency_mismatch`. */
export async function testWebhook(
  env: Env,
  { tenantId, webhookId, request, audit, now }: WebhookTest,
): Promise<{ delivery: WebhookDelivery; replayed: boolean }> {
  const endpoint = await findWebhook(env, tenantId, webhookId);
  if (!endpoint) throw new ReelwayError("not_found");
  const id = newId("whd");
  const event = {
    id: await eventId(now, id),
    tenantId,
    type: "webhook.test" as const,
    at: now,
    jobId: null,
    data: { webhookId },
  };
  const row: WebhookDeliveryRow = {
    id,
    tenantId,
    endpointId: webhookId,
    url: endpoint.url,
    host: new URL(endpoint.url).host,
    eventId: event.id,
    eventType: event.type,
    state: "pending",
    attempts: 0,
    dueAt: now,
    claimedUntil: null,
    lastHeaders: null,
    lastStatus: null,
    lastError: null,
    lastResponse: null,
    lastDurationMs: null,
    createdAt: now,
    finishedAt: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const { stored, holder } = await insertTest(env, row, event, audit, claim);
  if (stored) {
    noteEvents();
    return { delivery: presentDelivery(stored), replayed: false };
  }
  const existingId = request && replayedId(request, holder);
  if (existingId === undefined) throw new ReelwayError("webhook_disabled");
  const existing = await findDelivery(env, tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found", "What this Idempotency-Key made has been deleted");
  return { delivery: presentDelivery(existing.delivery), replayed: true };
}
