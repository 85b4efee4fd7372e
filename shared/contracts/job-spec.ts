import { z } from "zod";
import { limits } from "../limits.ts";
import { AssetSource } from "./asset.ts";
import { StreamSpec } from "./stream-spec.ts";
import { TranscodeSpec } from "./transcode-spec.ts";

const ImageFormat = z.enum(["jpeg", "png", "webp"]);

/** Still pictures of a video: posters at chosen or evenly spread times, and a sprite sheet with its WebVTT map. */
export const ThumbnailsSpec = z
  .strictObject({
    kind: z.literal("thumbnails"),
    format: ImageFormat.default("jpeg"),
    posters: z
      .strictObject({
        count: z.int().min(1).max(50).optional().meta({ description: "Evenly spread over the duration" }),
        atSeconds: z.array(z.number().min(0).max(limits.inputDurationSeconds)).min(1).max(50).optional(),
        width: z.int().min(16).max(3_840).default(1_280).meta({ description: "Pixels; never larger than the source" }),
      })
      .optional(),
    sprite: z
      .strictObject({
        intervalSeconds: z
          .number()
          .min(0.5)
          .max(600)
          .optional()
          .meta({ description: "Default: about 100 tiles over the duration" }),
        columns: z.int().min(1).max(20).default(10),
        rows: z
          .int()
          .min(1)
          .max(20)
          .default(10)
          .meta({ description: "Tiles beyond columns × rows go to a further sheet" }),
        width: z.int().min(32).max(640).default(160).meta({ description: "Of one tile, pixels" }),
      })
      .optional(),
  })
  .superRefine((spec, context) => {
    if (!spec.posters && !spec.sprite)
      context.addIssue({ code: "custom", path: ["posters"], message: "ask for posters or a sprite", input: spec });
    if (spec.posters && (spec.posters.count === undefined) === (spec.posters.atSeconds === undefined))
      context.addIssue({
        code: "custom",
        path: ["posters"],
        message: "give count or atSeconds, one of them",
        input: spec,
      });
  })
  .meta({ id: "ThumbnailsSpec" });
export type ThumbnailsSpec = z.infer<typeof ThumbnailsSpec>;

/** Full technical metadata, without encoding anything. */
export const ProbeSpec = z.strictObject({ kind: z.literal("probe") }).meta({ id: "ProbeSpec" });
export type ProbeSpec = z.infer<typeof ProbeSpec>;

/** Brings a source into its region's bucket. Made with an asset that has a source, never by `POST /api/v1/jobs`. */
export const FetchSpec = z.strictObject({ kind: z.literal("fetch"), source: AssetSource }).meta({ id: "FetchSpec" });
export type FetchSpec = z.infer<typeof FetchSpec>;

const requestedSpecs = [TranscodeSpec, StreamSpec, ThumbnailsSpec, ProbeSpec] as const;

/** What a caller can ask for, by kind. */
export const RequestedSpec = z.discriminatedUnion("kind", requestedSpecs).meta({ id: "RequestedSpec" });
export type RequestedSpec = z.infer<typeof RequestedSpec>;

/** What a job makes, by kind. */
export const JobSpec = z.discriminatedUnion("kind", [...requestedSpecs, FetchSpec]).meta({ id: "JobSpec" });
export type JobSpec = z.infer<typeof JobSpec>;

export const JobKind = z.enum(JobSpec.options.map(({ shape }) => shape.kind.value));
export type JobKind = z.infer<typeof JobKind>;
