import { z } from "zod";
import { AssetId, JobId } from "../ids.ts";
import { limits } from "../limits.ts";
import { TargetQuality } from "./target-quality.ts";
import { plainText } from "./text.ts";

export const StreamCodec = z.enum(["h264", "h265", "av1", "vp9"]);
export type StreamCodec = z.infer<typeof StreamCodec>;

/** One rung of a ladder: a picture size with its ceiling of bits. */
export const Rung = z
  .strictObject({
    shortSide: z
      .int()
      .min(144)
      .max(limits.rungShortSideMax)
      .meta({ description: "Pixels of the picture's shorter side: 1080 is what people call 1080p" }),
    maxKbps: z.int().min(100).max(100_000).optional().meta({ description: "Ceiling of the bit rate; default by size" }),
  })
  .meta({ id: "Rung" });
export type Rung = z.infer<typeof Rung>;

const Language = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, "must be a language tag of BCP 47, such as en or pt-BR");

export const StreamVideo = z
  .strictObject({
    codec: StreamCodec.default("h264"),
    ladder: z.array(Rung).min(1).max(limits.rungs).optional().meta({
      description: "Default: by the source's size. Rungs above the source are left out, never scaled up",
    }),
    shortSideMax: z
      .int()
      .min(144)
      .max(limits.rungShortSideMax)
      .optional()
      .meta({ description: "Leaves out what is larger" }),
    quality: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: "Constant quality below each rung's ceiling: 100 is best" }),
    targetQuality: TargetQuality.optional().meta({
      description:
        "Instead of `quality`: each chunk of each size is made as small as this score allows, below its ceiling",
    }),
    speed: z.enum(["fast", "balanced", "thorough"]).optional(),
    hdr: z
      .enum(["keep", "sdr"])
      .optional()
      .meta({ description: "As for transcodes; default: keep where the codec can" }),
  })
  .meta({ id: "StreamVideo" });

export const StreamAudio = z
  .strictObject({
    codec: z.enum(["aac", "opus"]).default("aac"),
    bitrateKbps: z.int().min(32).max(512).optional().meta({ description: "Default: 64 per channel" }),
    channels: z
      .union([z.literal(1), z.literal(2), z.literal(6)])
      .optional()
      .meta({
        description: "Default: stereo, mono where the source is",
      }),
    loudness: z.boolean().optional().meta({ description: "Bring every track to -23 LUFS (EBU R128)" }),
  })
  .meta({ id: "StreamAudio" });

export const StreamSubtitles = z
  .strictObject({
    assetId: AssetId.meta({ description: "A WebVTT or SubRip asset in the same region" }),
    language: Language,
    name: plainText(100)
      .pipe(z.string().min(1))
      .optional()
      .meta({ description: "What viewers choose it by; default: the language" }),
    isDefault: z.boolean().optional(),
    forced: z.boolean().optional(),
  })
  .meta({ id: "StreamSubtitles" });

/** A size by the name that people know. */
export const QualityName = z.string().regex(/^[1-9][0-9]{1,3}p$/, "must be a quality such as 720p");

export const StreamReuse = z
  .strictObject({
    jobId: JobId.meta({ description: "A stream of the same asset that succeeded and whose files are still there" }),
    except: z
      .array(QualityName)
      .max(limits.rungs)
      .default([])
      .meta({ description: "Sizes of it that are made anew all the same", examples: [["720p"]] }),
  })
  .meta({ id: "StreamReuse" });
export type StreamReuse = z.infer<typeof StreamReuse>;

/** Adaptive streaming: CMAF segments for HLS and DASH in a ladder of renditions, worked on in chunks by many runners. */
export const StreamSpec = z
  .strictObject({
    kind: z.literal("stream"),
    video: StreamVideo.prefault({}),
    audio: StreamAudio.prefault({}),
    subtitles: z.array(StreamSubtitles).max(limits.streamSubtitles).default([]),
    segmentSeconds: z.number().min(2).max(10).default(4),
    chunkSeconds: z
      .number()
      .min(8)
      .max(120)
      .default(24)
      .meta({ description: "About how much of the film one task works on" }),
    thumbnails: z.boolean().default(true).meta({ description: "A poster, and a storyboard for the scrubber" }),
    qualityReport: z.boolean().optional().meta({
      description: "Measure what encoding lost, by SSIM and PSNR, and by VMAF on runners whose ffmpeg has it",
    }),
    downloads: z
      .union([z.literal("all"), z.array(QualityName).max(limits.rungs)])
      .default([])
      .meta({
        description:
          "Sizes of which one MP4 is made as well, with all sounds; one that the source is too small for is replaced by the next lower one",
        examples: [["1080p", "720p"], "all"],
      }),
    reuse: StreamReuse.optional().meta({
      description:
        "Sizes that would come out just as in another stream are copied from it; only the others are encoded",
    }),
  })
  .superRefine((spec, context) => {
    const sides = spec.video.ladder?.map(({ shortSide }) => shortSide) ?? [];
    if (new Set(sides).size < sides.length)
      context.addIssue({ code: "custom", path: ["video", "ladder"], message: "has a size twice", input: spec });
    if (spec.video.quality !== undefined && spec.video.targetQuality !== undefined)
      context.addIssue({
        code: "custom",
        path: ["video", "targetQuality"],
        message: "stands for quality: only one of them can be given",
        input: spec,
      });
    if (spec.video.hdr === "keep" && spec.video.codec === "h264")
      context.addIssue({ code: "custom", path: ["video", "hdr"], message: "h264 is made in SDR only", input: spec });
  })
  .meta({ id: "StreamSpec" });
export type StreamSpec = z.infer<typeof StreamSpec>;
