import type { Webhook, WebhookDelivery, WebhookDeliveryDetail } from "@reelway/shared/contracts/webhook";
import type { WebhookDeliveryRow, WebhookEndpointRow } from "../store/rows.ts";
import { payloadOf, type StoredEvent } from "./payload.ts";

export function presentWebhook(row: WebhookEndpointRow, now: number): Webhook {
  const { id, url, description, events, failures, failingSince, disabledAt, disabledReason, createdAt } = row;
  const pausedUntil = laterThan(now, row.pausedUntil);
  const paused = pausedUntil === null ? "enabled" : "paused";
  return {
    id,
    url,
    description,
    events,
    state: disabledAt === null ? paused : "disabled",
    failures,
    failingSince,
    pausedUntil,
    disabledAt,
    disabledReason,
    previousSecretUntil: laterThan(now, row.previousSecretUntil),
    createdAt,
  };
}

export function presentDelivery(row: WebhookDeliveryRow): WebhookDelivery {
  const { id, endpointId, url, eventId, eventType, state, attempts, dueAt, createdAt, finishedAt } = row;
  const { lastStatus, lastError, lastDurationMs } = row;
  const webhookId = endpointId === "" ? null : endpointId;
  const when = { dueAt, createdAt, finishedAt };
  return { id, webhookId, url, eventId, eventType, state, attempts, lastStatus, lastError, lastDurationMs, ...when };
}

export function presentDeliveryDetail(row: WebhookDeliveryRow, event: StoredEvent | null): WebhookDeliveryDetail {
  const body = event && payloadOf(event);
  return {
    ...presentDelivery(row),
    request: row.lastHeaders && { headers: row.lastHeaders, body },
    response: row.lastResponse,
  };
}

function laterThan(now: number, time: number | null): number | null {
  return time !== null && time > now ? time : null;
}
