import { z } from "zod";
import { ConnectionId } from "../ids.ts";
import { limits } from "../limits.ts";
import { Md5, MediaType, Sha256 } from "./asset.ts";
import { MediaInfo } from "./media-info.ts";
import { PackageReport } from "./package-report.ts";
import { PartFactors, PartQuality } from "./quality.ts";
import { ReusedStream } from "./reused-stream.ts";
import { StreamTitle } from "./stream-plan.ts";

/** What an output is for. */
export const OutputRole = z.enum([
  "video",
  "audio",
  "poster",
  "sprite",
  "thumbnail",
  "storyboard",
  "metadata",
  "source",
  "playlist",
  "segment",
  "init",
  "subtitles",
  "plan",
  "index",
]);
export type OutputRole = z.infer<typeof OutputRole>;

/** A name below the task's output prefix: our own words, never a user's. */
export const OutputName = z
  .string()
  .max(limits.outputNameLength)
  .regex(
    /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)?(\/[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)?)*$/,
    "must be lower-case names, digits, - and _",
  );

/** What was made, by probing the result: enough to show and choose an output by. */
export const OutputSummary = z.object({
  durationSeconds: z.number().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  fps: z.number().nullable(),
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
});
export type OutputSummary = z.infer<typeof OutputSummary>;

/** One object that a task wrote. The control plane checks size and ETag against the bucket's own listing. */
export const OutputFile = z
  .strictObject({
    name: OutputName,
    role: OutputRole,
    bytes: z.int().min(0),
    contentType: MediaType,
    md5: Md5,
    sha256: Sha256,
    etag: z
      .string()
      .max(100)
      .meta({ description: "As the storage answered: the MD5, or md5-of-md5s-N for a multipart upload" }),
    media: OutputSummary.optional(),
  })
  .meta({ id: "OutputFile" });
export type OutputFile = z.infer<typeof OutputFile>;

/** One try at encoding the picture: where, by what, and what came of it. */
export const EncodeAttempt = z.strictObject({
  device: z.string().max(100).nullable().meta({ description: "Null for software" }),
  encoder: z.string().max(100),
  outcome: z.enum(["done", "failed", "skipped"]),
  reason: z.string().max(limits.reasonLength).nullable().meta({ description: "Why it was not done there" }),
  parts: z.int().min(1).optional().meta({ description: "Of a stream: so many of its parts went so" }),
});
export type EncodeAttempt = z.infer<typeof EncodeAttempt>;

export const ExecutionReport = z.strictObject({
  runnerId: z.string().max(64),
  encoder: z.string().max(100).nullable().meta({ description: "What ran, such as libx264" }),
  ffmpeg: z.string().max(100).meta({ description: "Version of the ffmpeg that ran" }),
  downloadMs: z.int().min(0),
  processMs: z.int().min(0),
  uploadMs: z.int().min(0),
  ran: z
    .array(EncodeAttempt)
    .max(40)
    .optional()
    .meta({ description: "What ran where, in order, and why; absent where no picture was encoded" }),
});

/** Where the outputs lie in the tenant's own bucket as well. */
export const DeliveryReport = z
  .strictObject({
    connectionId: ConnectionId,
    bucket: z.string().max(63),
    prefix: z.string().max(2_200).meta({ description: "A file's key is this and its name" }),
    files: z.int().min(0),
    bytes: z.int().min(0),
  })
  .meta({ id: "DeliveryReport" });
export type DeliveryReport = z.infer<typeof DeliveryReport>;

export const Manifest = z
  .strictObject({
    outputs: z.array(OutputFile).max(limits.outputFilesPerTask),
    source: MediaInfo.optional(),
    execution: ExecutionReport.optional(),
    delivery: DeliveryReport.optional(),
    report: PackageReport.optional().meta({ description: "What was packaged, where segments were written" }),
    factors: PartFactors.optional().meta({ description: "How a target quality was met" }),
    quality: PartQuality.optional().meta({ description: "What was measured" }),
  })
  .meta({ id: "Manifest" });
export type Manifest = z.infer<typeof Manifest>;

const StoragePrefix = z.string().regex(/^[a-z0-9_/-]+\/$/, "must be a storage prefix that ends in /");

/**
 * What a completed job leaves in the queue and in its row: the manifest and where its files lie. An output's storage key
 * is `prefix + name`; the prefix holds 128 random bits and is shown in no answer. What another task of the job wrote
 * has a prefix of its own.
 */
export const StoredManifest = Manifest.extend({
  outputs: z.array(OutputFile.extend({ prefix: StoragePrefix.optional() })).max(limits.outputFilesPerTask),
  prefix: StoragePrefix,
  /** Of a stream: what all its parts come to, segments included. */
  totals: z.strictObject({ bytes: z.int().min(0), processMs: z.int().min(0) }).optional(),
});
export type StoredManifest = z.infer<typeof StoredManifest>;

/** A segment as it was verified in the bucket: name, bytes and ETag. A film has thousands: each word counts. */
export const StoredSegment = z.tuple([OutputName, z.int().min(0), z.string().max(100)]);
export type StoredSegment = z.infer<typeof StoredSegment>;

/**
 * What a completed part of a job leaves in the queue, and in D1 until the job's outputs go: what it wrote and where, and
 * what the playlists need of it.
 */
export const StoredPart = Manifest.extend({
  prefix: StoragePrefix,
  /** What is not a segment. */
  outputs: z.array(OutputFile).max(limits.outputFilesPerTask),
  segments: z.array(StoredSegment).max(limits.outputFilesPerTask),
  /** Of the plan that it was made by: a part of another plan fits no other part. */
  planSha256: Sha256,
  /** Its share of the job's work, 0 to 1. */
  weight: z.number().min(0).max(1),
  /** Of what was made of other parts: which ones these were, since they may be made anew. */
  madeOf: Sha256.optional(),
  /** Of the `plan` part. */
  title: StreamTitle.optional(),
  /** Of the `plan` part, where the spec names a stream to reuse. */
  reused: ReusedStream.optional(),
});
export type StoredPart = z.infer<typeof StoredPart>;
