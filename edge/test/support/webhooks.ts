import { createExecutionContext, createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { EventData, EventType } from "@reelway/shared/contracts/event";
import { Webhook, WebhookDelivery, WebhookDeliveryDetail, WebhookWithSecret } from "@reelway/shared/contracts/webhook";
import { inject } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { eventId } from "../../src/events/event-id.ts";
import { handleQueue } from "../../src/queues/consumer.ts";
import type { WebhooksMessage } from "../../src/queues/messages.ts";
import { databaseOf } from "../../src/store/database.ts";
import { insertEvent } from "../../src/store/events.ts";
import type { TestKey } from "./tenants.ts";

const app = createApp();
export const database = databaseOf(env);

/** Messages that were sent to the webhooks Queue and have gone no further. */
export const sent: { body: WebhooksMessage; delaySeconds: number }[] = [];

/** The Worker's environment, with receivers on this machine allowed, and a Queue that keeps what it is given: every message is lost unless a test delivers it. */
export const open: Env = {
  ...env,
  ALLOW_PRIVATE_URLS: "true",
  WEBHOOKS: {
    ...env.WEBHOOKS,
    send: async (body, options) => {
      sent.push({ body, delaySeconds: options?.delaySeconds ?? 0 });
      return queued;
    },
    sendBatch: async (messages) => {
      for (const { body } of messages) sent.push({ body, delaySeconds: 0 });
      return queued;
    },
  },
};
const queued = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };

/** A URL of the receiver under a name of its own; `how` says how it answers. */
export function receiver(how = ""): string {
  return `${inject("webhookReceiver")}/${crypto.randomUUID()}${how}`;
}

/** A request to the API in that environment. */
export async function api(key: string, method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
  const request = new Request(`https://reelway.test/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return app.fetch(request, open, createExecutionContext());
}

/** An endpoint whose receiver has proved that it wants to be called. */
export async function createWebhook(
  key: string,
  url: string,
  more = {},
): Promise<WebhookWithSecret & { secret: string }> {
  const webhook = await createUnproved(key, url, more);
  await consume((await verifications(key, `&webhookId=${webhook.id}`)).map(({ id }) => id));
  return webhook;
}

/** An endpoint whose receiver has yet to be asked. */
export async function createUnproved(
  key: string,
  url: string,
  more = {},
): Promise<WebhookWithSecret & { secret: string }> {
  const response = await api(key, "POST", "/webhooks", { url, ...more });
  const webhook = WebhookWithSecret.parse(await response.json());
  if (webhook.secret === null) throw new Error("no secret");
  return { ...webhook, secret: webhook.secret };
}

/** Something that happened to the tenant, as any part of the control plane writes it. */
export async function happens(
  tenantId: string,
  { type = "job.failed" as EventType, data = {} as EventData, jobId = null as string | null, at = Date.now() } = {},
): Promise<string> {
  const id = await eventId(at, crypto.randomUUID());
  await database.batch([insertEvent(database, { id, tenantId, type, at, jobId, data })]);
  return id;
}

/** What was sent of events, and what is on its way, newest first: without the calls that ask for a proof. */
export async function deliveries(key: string, query = ""): Promise<WebhookDelivery[]> {
  return (await allDeliveries(key, query)).filter(({ eventType }) => eventType !== "webhook.verify");
}

/** The calls that ask for a proof, newest first. */
export function verifications(key: string, query = ""): Promise<WebhookDelivery[]> {
  return allDeliveries(key, `&eventType=webhook.verify${query}`);
}

async function allDeliveries(key: string, query: string): Promise<WebhookDelivery[]> {
  const answer: unknown = await (await api(key, "GET", `/webhook-deliveries?limit=100${query}`)).json();
  return WebhookDelivery.array().parse(typeof answer === "object" && answer && "items" in answer ? answer.items : []);
}

export async function delivery(key: string, id: string): Promise<WebhookDeliveryDetail> {
  return WebhookDeliveryDetail.parse(await (await api(key, "GET", `/webhook-deliveries/${id}`)).json());
}

/** Has the consumer handle these messages, and waits for what it began. */
export async function consume(deliveryIds: readonly string[]): Promise<void> {
  const messages = deliveryIds.map((deliveryId, index) => ({
    id: String(index),
    timestamp: new Date(),
    attempts: 1,
    body: { deliveryId },
  }));
  const background: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  await handleQueue(createMessageBatch("reelway-webhooks", messages), open, context);
  await Promise.all(background);
}

/** As if this delivery's time had come. */
export async function makeDue(id: string): Promise<void> {
  await env.DB.prepare("UPDATE webhook_deliveries SET dueAt = ? WHERE id = ? AND dueAt IS NOT NULL")
    .bind(Date.now() - 1, id)
    .run();
}

export async function setEndpoint(id: string, columns: string): Promise<void> {
  await env.DB.prepare(`UPDATE webhook_endpoints SET ${columns} WHERE id = ?`).bind(id).run();
}

/** The one delivery of a tenant that has no other. */
export async function onlyDelivery(key: TestKey): Promise<WebhookDelivery> {
  const [found, ...more] = await deliveries(key.secret);
  if (!found || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} deliveries`);
  return found;
}

/** Gives a job an address of its own. */
export async function setJobUrl(jobId: string, url: string): Promise<void> {
  await env.DB.prepare("UPDATE jobs SET webhookUrl = ? WHERE id = ?").bind(url, jobId).run();
}

/** The same with one that has proved that it wants to be called: by what the job's first event brought about. */
export async function setProvedJobUrl(key: TestKey, jobId: string, url: string): Promise<void> {
  await setJobUrl(jobId, url);
  await happens(key.tenantId, { jobId });
  await deliverAll(key);
}

/** Sends what is due of a tenant, again and again as if no time were needed in between. */
export async function deliverAll(key: TestKey, rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const pending = (await allDeliveries(key.secret, "&state=pending")).map(({ id }) => id);
    if (pending.length === 0) return;
    for (const id of pending) await makeDue(id);
    for (const id of pending) await consume([id]);
  }
}

export async function endpointOf(key: TestKey, id: string): Promise<Webhook> {
  return Webhook.parse(await (await api(key.secret, "GET", `/webhooks/${id}`)).json());
}

/** Actions of the audit log on one resource, oldest first. */
export async function auditOf(tenantId: string, resource: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT action FROM audit_log WHERE tenantId = ? AND resource = ? ORDER BY sequence",
  )
    .bind(tenantId, resource)
    .all<{ action: string }>();
  return results.map(({ action }) => action);
}
