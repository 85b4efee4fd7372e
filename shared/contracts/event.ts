import { z } from "zod";
import { AssetId, BatchId, EventId, JobId, WebhookEndpointId } from "../ids.ts";
import { limits } from "../limits.ts";
import { JobError } from "./job-error.ts";
import { OutputFile } from "./manifest.ts";
import { PageQuery } from "./page.ts";
import { Timestamp } from "./time.ts";

/** What webhooks can be told of, and what `GET /api/v1/events` lists. */
export const EventType = z.enum([
  "job.created",
  "job.started",
  "job.requeued",
  "job.moved",
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "job.outputs_deleted",
  "asset.ready",
  "asset.failed",
  "asset.deleted",
  "batch.completed",
  "webhook.test",
  "webhook.verify",
]);
export type EventType = z.infer<typeof EventType>;

/** What an event tells, as it was at that moment: enough to act on, never where bytes lie. Fields that don't apply are absent. */
export const EventData = z
  .object({
    jobId: JobId.optional(),
    assetId: AssetId.optional(),
    batchId: BatchId.optional(),
    kind: z.string().optional(),
    preset: z.string().optional(),
    region: z.string().optional(),
    run: z.int().optional(),
    attempt: z.int().optional(),
    state: z.string().optional(),
    error: JobError.omit({ logTail: true, program: true }).optional(),
    tags: z.array(z.string()).optional(),
    metadata: z.record(z.string(), z.string()).optional().meta({ description: "The caller's own, as given" }),
    outputs: z
      .array(OutputFile.pick({ name: true, role: true, bytes: true, contentType: true }).strip())
      .max(limits.eventOutputs)
      .optional()
      .meta({ description: `What was made, the first ${limits.eventOutputs} of it` }),
    outputCount: z.int().optional(),
    webhookId: WebhookEndpointId.optional().meta({
      description: "Of a test or a verification: the endpoint that it was sent to",
    }),
    challenge: z
      .string()
      .optional()
      .meta({ description: "Of a verification, in the call alone: what the receiver has to send back" }),
    bytes: z.int().optional(),
    counts: z.record(z.string(), z.int()).optional().meta({ description: "Of a batch: jobs by state" }),
  })
  .meta({ id: "EventData" });
export type EventData = z.infer<typeof EventData>;

/** One event. `sequence` grows over the whole installation; a tenant sees its own, with gaps. */
export const Event = z
  .object({ id: EventId, sequence: z.int(), type: EventType, at: Timestamp, data: EventData })
  .meta({ id: "Event" });
export type Event = z.infer<typeof Event>;

/** `GET /api/v1/events`: oldest first, from any point. */
export const EventsQuery = PageQuery.omit({ cursor: true }).extend({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "Events behind this sequence" }),
  type: EventType.optional(),
  jobId: JobId.optional(),
});
export type EventsQuery = z.input<typeof EventsQuery>;

export const EventsPage = z
  .object({
    items: z.array(Event),
    lastSequence: z.int().meta({
      description:
        "Of the tenant's newest event, shown here or not; 0 without any. Start there to hear only what is new",
    }),
  })
  .meta({ id: "EventsPage" });
export type EventsPage = z.infer<typeof EventsPage>;
