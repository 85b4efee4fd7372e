import type { z } from "zod";
import { type PageQuery, page } from "../contracts/page.ts";
import {
  JobWebhookSecret,
  Webhook,
  type WebhookDeliveriesQuery,
  WebhookDelivery,
  WebhookDeliveryDetail,
  type WebhookRequest,
  type WebhookUpdate,
  WebhookWithSecret,
} from "../contracts/webhook.ts";
import { type Http, pathOf } from "./http.ts";

/** Endpoints that are told of events, and what was sent to them. */
export function webhooksResource(http: Http) {
  return {
    /** The answer holds the secret: it is shown this once. */
    create: (request: WebhookRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/webhooks", body: request, schema: WebhookWithSecret, signal }),
    list: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/webhooks", query, schema: page(Webhook), signal }),
    get: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/webhooks/${id}`, schema: Webhook, signal }),
    update: (id: string, request: WebhookUpdate, signal?: AbortSignal) =>
      http.json({ method: "PATCH", path: pathOf`/webhooks/${id}`, body: request, schema: Webhook, signal }),
    /** What is on its way to it fails. */
    delete: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/webhooks/${id}`, signal }),
    /** The answer holds the new secret; the old one signs too for 24 hours. */
    rotateSecret: (id: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: pathOf`/webhooks/${id}/rotate-secret`, schema: WebhookWithSecret, signal }),
    /** Sends a webhook.test event to this endpoint only. */
    test: (id: string, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: pathOf`/webhooks/${id}/test`,
        idempotencyKey: crypto.randomUUID(),
        schema: WebhookDelivery,
        signal,
      }),
    /** Asks an unverified endpoint again whether it wants to be called, and enables it for that. */
    verify: (id: string, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: pathOf`/webhooks/${id}/verify`,
        repeatable: true,
        schema: WebhookDelivery,
        signal,
      }),
    /** What the calls to jobs' own webhookUrl are signed with. */
    jobSecret: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/webhooks/job-secret", schema: JobWebhookSecret, signal }),
    deliveries: (query: Partial<z.output<typeof WebhookDeliveriesQuery>> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/webhook-deliveries", query, schema: page(WebhookDelivery), signal }),
    /** With the last request and its answer. */
    delivery: (id: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/webhook-deliveries/${id}`, schema: WebhookDeliveryDetail, signal }),
    /** Sends it again, with the same webhook-id. */
    redeliver: (id: string, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: pathOf`/webhook-deliveries/${id}/redeliver`,
        repeatable: true,
        schema: WebhookDelivery,
        signal,
      }),
  };
}
