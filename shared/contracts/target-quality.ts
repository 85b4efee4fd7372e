import { z } from "zod";

/** What a target quality is measured by. */
export const QualityMetric = z.enum(["vmaf", "ssim"]);
export type QualityMetric = z.infer<typeof QualityMetric>;

/** The mean that each chunk of each rendition is to come to. */
export const TargetQuality = z
  .discriminatedUnion("metric", [
    z.strictObject({ metric: z.literal("vmaf"), value: z.number().min(30).max(99) }),
    z.strictObject({ metric: z.literal("ssim"), value: z.number().min(0.7).max(0.999) }),
  ])
  .meta({ id: "TargetQuality" });
export type TargetQuality = z.infer<typeof TargetQuality>;
