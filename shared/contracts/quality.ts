import { z } from "zod";
import { limits } from "../limits.ts";
import { RenditionId } from "./stream-plan.ts";
import { TargetQuality } from "./target-quality.ts";

/**
 * How near a rendition comes to its source: what encoding lost, picture by picture, against the source in the rendition's
 * own size and colours (docs/adr/0029).
 */

/** 0 to 1 for SSIM, decibels for PSNR (100 where nothing differs), 0 to 100 for VMAF. */
const spread = {
  mean: z.number(),
  low: z.number().meta({ description: "One picture in a hundred is worse (1st percentile)" }),
  min: z.number(),
  worstSeconds: z.number().min(0).meta({ description: "Where in the title the worst picture is" }),
};
export const Spread = z.strictObject(spread).meta({ id: "QualitySpread" });
export type Spread = z.infer<typeof Spread>;
export const VmafSpread = z
  .strictObject({ ...spread, harmonicMean: z.number().meta({ description: "Bad pictures weigh more in it" }) })
  .meta({ id: "VmafSpread" });
export type VmafSpread = z.infer<typeof VmafSpread>;

const measured = {
  pictures: z.int().min(1),
  ssim: Spread.meta({ description: "Of all planes, by their size" }),
  psnr: Spread.meta({ description: "Of all planes; the mean is that of the mean error" }),
  vmaf: VmafSpread.nullable().meta({ description: "Null where the runner's ffmpeg has no libvmaf" }),
};
export const RenditionQuality = z.strictObject({ id: RenditionId, ...measured });
export type RenditionQuality = z.infer<typeof RenditionQuality>;

const Seconds = z.tuple([z.number().min(0), z.number().min(0)]);

/** What a `quality` task found out about one chunk, or about the whole picture. */
export const PartQuality = z
  .strictObject({
    seconds: Seconds.meta({ description: "Where it begins and ends in the title" }),
    vmafEvery: z.int().min(1).meta({ description: "VMAF looked at each so-manieth picture" }),
    unmeasured: z
      .string()
      .max(limits.reasonLength)
      .nullable()
      .meta({ description: "Why there is nothing, where there is nothing" }),
    renditions: z.array(RenditionQuality).max(limits.rungs),
  })
  .meta({ id: "PartQuality" });
export type PartQuality = z.infer<typeof PartQuality>;

export const ChosenFactor = z.strictObject({
  id: RenditionId,
  rateFactor: z.number(),
  probes: z.int().min(0).meta({ description: "How often a sample of it was encoded to find out" }),
  predicted: z.number().nullable().meta({ description: "The score that the probes let expect; null without any" }),
});
export type ChosenFactor = z.infer<typeof ChosenFactor>;

/** With which rate factors a chunk was made, where a target quality chose them. */
export const PartFactors = z
  .strictObject({
    seconds: Seconds,
    sampleSeconds: z.number().min(0).meta({ description: "Of the chunk, what each probe encoded" }),
    renditions: z.array(ChosenFactor).max(limits.rungs),
  })
  .meta({ id: "PartFactors" });
export type PartFactors = z.infer<typeof PartFactors>;

/** Of one part of a stream that has either: from `encode:12` or `quality:12`. */
export const PartFindings = z.object({
  part: z.string().max(40),
  quality: PartQuality.optional(),
  factors: PartFactors.optional(),
});
export type PartFindings = z.infer<typeof PartFindings>;
/** `POST /api/v1/leases/findings`, for the task that finishes a stream. */
export const StreamFindings = z.object({ items: z.array(PartFindings) }).meta({ id: "StreamFindings" });

const { pictures, ssim, psnr, vmaf } = measured;
export const ChunkQuality = z
  .object({
    ordinal: z.int().nullable().meta({ description: "Null for a picture that is not cut" }),
    startSeconds: z.number(),
    endSeconds: z.number(),
    unmeasured: z.string().nullable().meta({ description: "Why it has no figures, where it was tried" }),
    renditions: z.array(
      z.object({
        id: RenditionId,
        rateFactor: z.number().nullable().meta({ description: "The next three are of a target quality" }),
        probes: z.int().nullable(),
        predicted: z.number().nullable(),
        pictures: pictures.nullable(),
        ssim: ssim.nullable(),
        psnr: psnr.nullable(),
        vmaf,
      }),
    ),
  })
  .meta({ id: "ChunkQuality" });
export type ChunkQuality = z.infer<typeof ChunkQuality>;

/** Over all measured pictures. The film's own percentile would need all of them; chunks have theirs. */
const TitleSpread = Spread.omit({ low: true }).meta({ id: "TitleSpread" });
const TitleVmafSpread = VmafSpread.omit({ low: true }).meta({ id: "TitleVmafSpread" });
export const TitleQuality = z
  .object({
    id: RenditionId,
    name: z.string(),
    width: z.int(),
    height: z.int(),
    pictures: z.int().min(0).meta({ description: "That were measured" }),
    ssim: TitleSpread.nullable(),
    psnr: TitleSpread.nullable(),
    vmaf: TitleVmafSpread.nullable(),
    vmafPictures: z.int().min(0).meta({ description: "In the chunks that have VMAF" }),
    rateFactors: z
      .object({ least: z.number(), most: z.number() })
      .nullable()
      .meta({ description: "Of a target quality: the lowest and the highest that a chunk got" }),
  })
  .meta({ id: "TitleQuality" });
export type TitleQuality = z.infer<typeof TitleQuality>;

/** What is known of a stream's quality, of all of it and chunk by chunk. */
export const QualityReport = z.object({
  target: TargetQuality.nullable(),
  chunks: z.array(ChunkQuality),
  renditions: z.array(TitleQuality),
});
export type QualityReport = z.infer<typeof QualityReport>;

/** `GET /api/v1/jobs/{id}/quality`: what is measured so far. */
export const JobQuality = QualityReport.extend({
  jobId: z.string(),
  measured: z.int().min(0).meta({ description: "Chunks that were measured" }),
  planned: z.int().min(0).meta({ description: "Chunks that there are; 1 for a picture that is not cut" }),
}).meta({ id: "JobQuality" });
export type JobQuality = z.infer<typeof JobQuality>;
