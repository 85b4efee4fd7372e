import { WebhookDeliveryId } from "@reelway/shared/ids";
import { RegionId } from "@reelway/shared/regions";
import { z } from "zod";

/** What our own Queues carry: ids only. A message hurries what D1 or a RegionQueue knows, and may be lost. */

/** On a region's Queue: this outbox row may still need its effect. */
export const JobsMessage = z.object({ outboxId: z.int() });
export type JobsMessage = z.input<typeof JobsMessage>;

/** On the job-events Queue: this shard has events that the projection lacks. */
export const JobEventsMessage = z.object({
  shard: z.string().pipe(z.templateLiteral([RegionId, ":", z.int().min(0)])),
});
export type JobEventsMessage = z.input<typeof JobEventsMessage>;

/** On the webhooks Queue: this delivery may be due. */
export const WebhooksMessage = z.object({ deliveryId: WebhookDeliveryId });
export type WebhooksMessage = z.input<typeof WebhooksMessage>;
