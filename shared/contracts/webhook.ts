import { z } from "zod";
import { EventId, WebhookDeliveryId, WebhookEndpointId } from "../ids.ts";
import { limits } from "../limits.ts";
import { EventData, EventType } from "./event.ts";
import { PageQuery } from "./page.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** What an endpoint can be told of. A test and a verification are sent to the one receiver that they are about. */
export const WebhookEventType = EventType.exclude(["webhook.test", "webhook.verify"]);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

/** Where webhooks go. Beyond this shape it must pass the URL guard: https, a public name, no credentials. */
export const WebhookUrl = z
  .string()
  .min(1)
  .max(limits.urlLength)
  .meta({ description: "https, with a public name; the receiver of POST requests" });

const EventTypes = z
  .array(WebhookEventType)
  .min(1)
  .max(100)
  .transform((types) => [...new Set(types)]);
const Description = plainText(200);

export const WebhookRequest = z
  .strictObject({
    url: WebhookUrl,
    events: EventTypes.default([...WebhookEventType.options]).meta({ description: "Default: all there are" }),
    description: Description.default(""),
  })
  .meta({ id: "WebhookRequest" });
export type WebhookRequest = z.input<typeof WebhookRequest>;

export const WebhookUpdate = z
  .strictObject({
    url: WebhookUrl.optional(),
    events: EventTypes.optional(),
    description: Description.optional(),
    enabled: z.boolean().optional().meta({
      description: "true also ends a pause, and asks an unverified address anew; false lets what is on its way fail",
    }),
  })
  .refine((update) => Object.keys(update).length > 0, "give at least one field")
  .meta({ id: "WebhookUpdate" });
export type WebhookUpdate = z.input<typeof WebhookUpdate>;

/** One receiver of a tenant's events. */
export const Webhook = z
  .object({
    id: WebhookEndpointId,
    url: z.string(),
    description: z.string(),
    events: z.array(EventType),
    state: z.enum(["unverified", "enabled", "paused", "disabled"]).meta({
      description:
        "unverified: nothing but webhook.verify is sent until its answer holds the challenge; paused: it kept failing, and is tried again by itself at pausedUntil",
    }),
    verifiedAt: Timestamp.nullable().meta({ description: "Since when its address is known to want calls" }),
    failures: z.int().meta({ description: "Failed attempts in a row" }),
    failingSince: Timestamp.nullable(),
    pausedUntil: Timestamp.nullable(),
    disabledAt: Timestamp.nullable(),
    disabledReason: z.string().nullable(),
    previousSecretUntil: Timestamp.nullable().meta({ description: "Until then the secret before signs too" }),
    createdAt: Timestamp,
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof Webhook>;

/** The answer to a creation or a rotation: the only time that the secret is shown. */
export const WebhookWithSecret = Webhook.extend({
  secret: z.string().nullable().meta({ description: "whsec_…, shown once; null when an Idempotency-Key is replayed" }),
}).meta({ id: "WebhookWithSecret" });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

/** `GET /api/v1/webhooks/job-secret`: what the calls to jobs' own webhookUrl are signed with. */
export const JobWebhookSecret = z.object({ secret: z.string() }).meta({ id: "JobWebhookSecret" });
export type JobWebhookSecret = z.infer<typeof JobWebhookSecret>;

export const WebhookDeliveryState = z.enum(["pending", "delivered", "failed", "blocked"]);
export type WebhookDeliveryState = z.infer<typeof WebhookDeliveryState>;

/** One event on its way to one receiver. */
export const WebhookDelivery = z
  .object({
    id: WebhookDeliveryId,
    webhookId: WebhookEndpointId.nullable().meta({ description: "null for a job's own webhookUrl" }),
    url: z.string(),
    eventId: EventId,
    eventType: EventType,
    state: WebhookDeliveryState.meta({ description: "blocked: its URL may not be called" }),
    attempts: z.int(),
    dueAt: Timestamp.nullable().meta({ description: "When it is tried next; null when it has ended" }),
    lastStatus: z.int().nullable().meta({ description: "HTTP status of the last answer, if there was one" }),
    lastError: z.string().nullable(),
    lastDurationMs: z.int().nullable(),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: "WebhookDelivery" });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

/** The same with what was said: the last request as sent, and the beginning of its answer. */
export const WebhookDeliveryDetail = WebhookDelivery.extend({
  request: z
    .object({ headers: z.record(z.string(), z.string()), body: z.string().nullable() })
    .nullable()
    .meta({ description: "null before the first attempt; its body is kept as long as the event" }),
  response: z.string().nullable().meta({ description: "The beginning of the answer, without control characters" }),
}).meta({ id: "WebhookDeliveryDetail" });
export type WebhookDeliveryDetail = z.infer<typeof WebhookDeliveryDetail>;

export const WebhookDeliveriesQuery = PageQuery.extend({
  webhookId: WebhookEndpointId.optional(),
  state: WebhookDeliveryState.optional(),
  eventType: EventType.optional(),
  eventId: EventId.optional(),
});
export type WebhookDeliveriesQuery = z.input<typeof WebhookDeliveriesQuery>;

/**
 * What a receiver gets as the body (Standard Webhooks 1.0). The id in the webhook-id header is the event's: the same for
 * every repeat. Order is not promised; `sequence` tells it.
 */
export const WebhookPayload = z
  .object({ type: EventType, timestamp: z.iso.datetime(), sequence: z.int(), data: EventData })
  .meta({ id: "WebhookPayload" });
export type WebhookPayload = z.infer<typeof WebhookPayload>;
