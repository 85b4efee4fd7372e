import type { Webhook, WebhookDelivery, WebhookDeliveryDetail } from "@reelway/shared/contracts/webhook";
import type { Settings } from "../settings.ts";
import type { WebhookDeliveryRow, WebhookEndpointRow } from "../store/rows.ts";
import { payloadOf, type StoredEvent } from "./payload.ts";
import { challengeOf, dataWithChallenge, verificationType } from "./verification.ts";

export function presentWebhook(row: WebhookEndpointRow, now: number): Webhook {
  const { id, url, description, events, failures, failingSince, verifiedAt, disabledAt, disabledReason, createdAt } =
    row;
  const pausedUntil = laterThan(now, row.pausedUntil);
  return {
    id,
    url,
    description,
    events,
    state: stateOf(row, pausedUntil),
    verifiedAt,
    failures,
    failingSince,
    pausedUntil,
    disabledAt,
    disabledReason,
    previousSecretUntil: laterThan(now, row.previousSecretUntil),
    createdAt,
  };
}

/** Whatever keeps events from it for longest comes first. */
function stateOf({ disabledAt, verifiedAt }: WebhookEndpointRow, pausedUntil: number | null): Webhook["state"] {
  if (disabledAt !== null) return "disabled";
  if (verifiedAt === null) return "unverified";
  return pausedUntil === null ? "enabled" : "paused";
}

export function presentDelivery(row: WebhookDeliveryRow): WebhookDelivery {
  const { id, endpointId, url, eventId, eventType, state, attempts, dueAt, createdAt, finishedAt } = row;
  const { lastStatus, lastError, lastDurationMs } = row;
  const webhookId = endpointId === "" ? null : endpointId;
  const when = { dueAt, createdAt, finishedAt };
  return { id, webhookId, url, eventId, eventType, state, attempts, lastStatus, lastError, lastDurationMs, ...when };
}

export async function presentDeliveryDetail(
  settings: Settings,
  row: WebhookDeliveryRow,
  event: StoredEvent | null,
): Promise<WebhookDeliveryDetail> {
  const body = event && payloadOf({ ...event, data: await dataAsSent(settings, row, event) });
  return {
    ...presentDelivery(row),
    request: row.lastHeaders && { headers: row.lastHeaders, body },
    response: row.lastResponse,
  };
}

/** A verification holds the challenge of its last call. */
async function dataAsSent(
  settings: Settings,
  { id, eventType, lastHeaders }: WebhookDeliveryRow,
  { data }: StoredEvent,
): Promise<string> {
  const sentAt = lastHeaders?.["webhook-timestamp"];
  if (eventType !== verificationType || sentAt === undefined) return data;
  return dataWithChallenge(data, await challengeOf(settings, id, sentAt));
}

function laterThan(now: number, time: number | null): number | null {
  return time !== null && time > now ? time : null;
}
