import { z } from "zod";
import { AssetId, BatchId, ConnectionId, JobId } from "../ids.ts";
import { JobState, Stage } from "../jobs/state-machine.ts";
import { limits } from "../limits.ts";
import { RegionId } from "../regions.ts";
import { SourceObject, SourceUrl } from "./asset.ts";
import { ForeignKey } from "./connection.ts";
import { JobError } from "./job-error.ts";
import { JobKind, JobSpec, RequestedSpec } from "./job-spec.ts";
import { DeliveryReport, ExecutionReport, OutputFile } from "./manifest.ts";
import { MediaInfo } from "./media-info.ts";
import { PageQuery } from "./page.ts";
import { FileName, plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

export const Tag = z
  .string()
  .min(1)
  .max(limits.tagLength)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, "must be letters, digits, . _ : -");
export const Label = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, "must be lower-case letters, digits, . _ -");

/** Quality by name: the height of the picture. */
export const Quality = z.enum(["480p", "720p", "1080p", "2160p"]);
export type Quality = z.infer<typeof Quality>;
export const qualityHeights: Readonly<Record<Quality, number>> = {
  "480p": 480,
  "720p": 720,
  "1080p": 1080,
  "2160p": 2160,
};

/** Where results are delivered to besides the region's own bucket. */
export const Destination = z.strictObject({
  connectionId: ConnectionId,
  prefix: ForeignKey.default("").meta({
    description: "Below the connection's own; files go to <prefix><job id>/<name>",
  }),
});
export type Destination = z.infer<typeof Destination>;

export const HardwareUse = z.enum(["prefer", "require", "never"]);
export type HardwareUse = z.infer<typeof HardwareUse>;

/** Small values of the caller's own, echoed in answers and events. */
export const JobMetadata = z
  .record(
    z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9._-]+$/),
    plainText(limits.metadataValueLength),
  )
  .refine(
    (entries) => Object.keys(entries).length <= limits.metadataEntries,
    `at most ${limits.metadataEntries} entries`,
  );

/** What a job is asked for, apart from its source: the same for a single job and for all of a batch. */
export const JobOrder = z.strictObject({
  preset: z.string().max(40).optional(),
  overrides: z.record(z.string(), z.unknown()).optional(),
  spec: RequestedSpec.optional(),
  quality: Quality.optional(),
  priority: z
    .int()
    .min(limits.priorityMin)
    .max(limits.priorityMax)
    .default(limits.priorityDefault)
    .meta({ description: "Higher goes first" }),
  startAt: Timestamp.optional().meta({ description: "Not before this time" }),
  hardware: HardwareUse.default("prefer"),
  runnerLabels: z.array(Label).max(10).default([]).meta({ description: "Only runners that carry all of these" }),
  tags: z.array(Tag).max(limits.tags).default([]),
  metadata: JobMetadata.default({}),
  webhookUrl: z
    .string()
    .min(1)
    .max(limits.urlLength)
    .optional()
    .meta({ description: "Told every event of the job, signed with the tenant's job secret" }),
  destination: Destination.optional(),
});
export type JobOrder = z.output<typeof JobOrder>;

/** Preset or spec, one of them; overrides only with a preset. */
export function checkRecipe(order: JobOrder, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message, input: order });
  if ((order.preset === undefined) === (order.spec === undefined)) refuse("preset", "give preset or spec, one of them");
  if (order.overrides !== undefined && order.preset === undefined) refuse("overrides", "needs a preset");
}

/** What a job works on: an asset, or something that is fetched first. */
export const JobSource = z.strictObject({
  assetId: AssetId.optional().meta({ description: "Ready, or still being fetched" }),
  sourceUrl: SourceUrl.optional(),
  source: SourceObject.optional(),
});

/** Exactly one of assetId, sourceUrl and source. */
export function checkOneSource(given: z.output<typeof JobSource>, context: z.RefinementCtx): void {
  const count = [given.assetId, given.sourceUrl, given.source].filter((value) => value !== undefined).length;
  if (count === 1) return;
  const message = "give assetId, sourceUrl or source, one of them";
  context.addIssue({ code: "custom", path: ["assetId"], message, input: given });
}

/**
 * `POST /api/v1/jobs`. Either a preset, changed by `overrides` (JSON merge patch, RFC 7396, over the preset's spec),
 * or a full `spec`. `quality` sets the height of whichever was chosen.
 */
export const JobRequest = JobOrder.extend(JobSource.shape)
  .superRefine((request, context) => {
    checkOneSource(request, context);
    checkRecipe(request, context);
  })
  .meta({ id: "JobRequest" });
export type JobRequest = z.input<typeof JobRequest>;

/** The small answer for pollers, and one frame of the live progress. */
export const JobStatus = z
  .object({
    id: JobId,
    state: JobState,
    stage: Stage,
    percent: z.number().min(0).max(100),
    message: z.string(),
    attempt: z.int().meta({ description: "Counts from 1; 0 before the first" }),
    fps: z.number().nullable(),
    speed: z.number().nullable().meta({ description: "Media seconds per second" }),
    etaSeconds: z.number().nullable(),
    error: JobError.nullable(),
    updatedAt: Timestamp,
    sequence: z.int().meta({ description: "Grows with every frame of this job" }),
  })
  .meta({ id: "JobStatus" });
export type JobStatus = z.infer<typeof JobStatus>;

export const Job = z
  .object({
    id: JobId,
    assetId: AssetId,
    region: RegionId,
    kind: JobKind,
    preset: z.string().nullable().meta({ description: "name@version" }),
    spec: JobSpec,
    state: JobState,
    priority: z.int(),
    startAt: Timestamp.nullable(),
    hardware: HardwareUse,
    runnerLabels: z.array(z.string()),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
    run: z.int().meta({ description: "Counts from 1, one more with every retry" }),
    attempt: z.int(),
    error: JobError.nullable(),
    outputs: z.array(OutputFile.omit({ etag: true })),
    source: MediaInfo.nullable().meta({ description: "What the runner read of the source" }),
    execution: ExecutionReport.nullable(),
    playableAt: Timestamp.nullable().meta({ description: "Of a stream: since when a player can start" }),
    awaitsSource: z.boolean().meta({ description: "Its source is still being fetched" }),
    webhookUrl: z
      .string()
      .nullable()
      .meta({ description: "null too for those who lack `webhooks:read`: such a URL may hold a secret" }),
    destination: Destination.nullable(),
    delivery: DeliveryReport.nullable().meta({ description: "What lies in the destination" }),
    batchId: BatchId.nullable(),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

export const JobsQuery = PageQuery.extend({
  state: JobState.optional(),
  kind: JobKind.optional(),
  preset: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "must be a preset's name")
    .optional()
    .meta({ description: "By its name, in any version", example: "mp4-h264" }),
  tag: Tag.optional(),
  assetId: AssetId.optional(),
  sourceName: FileName.optional().meta({
    description: "Part of what the source is called; A–Z and a–z count as the same",
    example: "holiday",
  }),
  batchId: BatchId.optional(),
  createdAfter: z.coerce.number().int().min(0).optional(),
  createdBefore: z.coerce.number().int().min(0).optional(),
});
export type JobsQuery = z.input<typeof JobsQuery>;

/** `GET /api/v1/jobs/{id}/outputs`: presigned GETs, straight from the bucket. */
export const OutputLink = z
  .object({
    name: z.string(),
    role: z.string(),
    bytes: z.int(),
    contentType: z.string(),
    url: z.url(),
    expiresAt: Timestamp,
  })
  .meta({ id: "OutputLink" });
export type OutputLink = z.infer<typeof OutputLink>;
