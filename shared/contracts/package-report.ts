import { z } from "zod";
import { limits } from "../limits.ts";
import { Sha256 } from "./asset.ts";
import { RenditionId } from "./stream-plan.ts";

/**
 * What `reelway-media package --report` says of the segments that it wrote; `reelway-media manifest` makes playlists of
 * such reports. Only what the control plane reads is named here: the rest passes through it as it came.
 */

const SegmentReport = z.looseObject({
  number: z.int().min(1),
  start: z.int(),
  duration: z.int().min(1),
  bytes: z.int().min(1),
  samples: z.int().min(1).meta({ description: "Pictures, or frames of sound" }),
  keyFrames: z
    .array(z.unknown())
    .max(limits.keyFramesPerSegment)
    .optional()
    .meta({ description: "Key frames that can be had alone" }),
});

export const RenditionReport = z.looseObject({
  id: RenditionId,
  codecs: z.string().max(200),
  timescale: z.int().min(1),
  language: z.string().max(35),
  initBytes: z.int().min(0),
  initSha256: Sha256,
  segments: z.array(SegmentReport).min(1).max(limits.outputFilesPerTask),
});
export type RenditionReport = z.infer<typeof RenditionReport>;

/** Subtitles: one whole file beside the segments. */
export const SubtitlesReport = z.looseObject({
  id: RenditionId,
  label: z.looseObject({
    language: z.string().max(35).optional(),
    name: z.string().max(120).optional(),
    default: z.boolean(),
    forced: z.boolean(),
  }),
  timescale: z.int().min(1),
  bytes: z.int().min(0),
  segments: z
    .array(z.looseObject({ number: z.int().min(1), start: z.int(), duration: z.int().min(1), bytes: z.int().min(1) }))
    .min(1)
    .max(limits.outputFilesPerTask),
});
export type SubtitlesReport = z.infer<typeof SubtitlesReport>;

export const PackageReport = z
  .looseObject({
    version: z.int().min(1),
    renditions: z.array(RenditionReport).max(64).meta({ description: "Pictures and sound; empty for subtitles" }),
    subtitles: z.array(SubtitlesReport).max(64).optional(),
    empty: z
      .array(RenditionId)
      .optional()
      .meta({ description: "Planned sounds that were left out, because the source holds no samples of them" }),
  })
  .refine(
    ({ renditions, subtitles, empty }) => renditions.length + (subtitles?.length ?? 0) + (empty?.length ?? 0) > 0,
    "is of nothing",
  )
  .meta({ id: "PackageReport" });
export type PackageReport = z.infer<typeof PackageReport>;
