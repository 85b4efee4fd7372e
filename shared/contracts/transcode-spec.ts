import { z } from "zod";
import { AssetId } from "../ids.ts";
import { limits } from "../limits.ts";

export const Container = z.enum(["mp4", "mov", "mkv", "webm", "gif", "mp3", "m4a", "wav"]);
export type Container = z.infer<typeof Container>;

export const VideoCodec = z.enum(["h264", "h265", "av1", "vp9", "prores", "gif"]);
export type VideoCodec = z.infer<typeof VideoCodec>;
export const AudioCodec = z.enum(["aac", "opus", "mp3", "pcm"]);
export type AudioCodec = z.infer<typeof AudioCodec>;

/** The codecs that each container takes. One table: validation, presets and the editor read it. */
export const containerCodecs: Readonly<
  Record<Container, { video: readonly VideoCodec[]; audio: readonly AudioCodec[] }>
> = {
  mp4: { video: ["h264", "h265", "av1", "vp9"], audio: ["aac", "opus", "mp3"] },
  mov: { video: ["h264", "h265", "prores"], audio: ["aac", "pcm"] },
  mkv: { video: ["h264", "h265", "av1", "vp9"], audio: ["aac", "opus", "mp3", "pcm"] },
  webm: { video: ["av1", "vp9"], audio: ["opus"] },
  gif: { video: ["gif"], audio: [] },
  mp3: { video: [], audio: ["mp3"] },
  m4a: { video: [], audio: ["aac"] },
  wav: { video: [], audio: ["pcm"] },
};

const Dimension = z.int().min(16).max(limits.outputDimension);

export const VideoSpec = z
  .strictObject({
    codec: z.union([VideoCodec, z.literal("copy")]),
    width: Dimension.optional().meta({
      description: "Pixels, after rotation; with one side given the other follows the aspect",
    }),
    height: Dimension.optional(),
    fit: z.enum(["scale-down", "contain", "cover", "pad", "stretch"]).optional().meta({
      description:
        "scale-down (default): inside the box, never larger than the source. contain: inside the box. cover: fills the box, cropped. pad: inside the box, with bars. stretch: ignores the aspect",
    }),
    fps: z.number().min(1).max(240).optional().meta({ description: "Default: the source's own timing" }),
    quality: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: "Constant quality: 100 is best; mapped to each encoder's own scale" }),
    bitrateKbps: z
      .int()
      .min(50)
      .max(500_000)
      .optional()
      .meta({ description: "Average bitrate instead of constant quality" }),
    twoPass: z.boolean().optional().meta({ description: "Two passes for a bitrate: better spread, twice the time" }),
    speed: z
      .enum(["fast", "balanced", "thorough"])
      .optional()
      .meta({ description: "How hard the encoder tries; default balanced" }),
    keyframeSeconds: z
      .number()
      .min(0.1)
      .max(60)
      .optional()
      .meta({ description: "Longest distance between key frames" }),
    hdr: z.enum(["keep", "sdr"]).optional().meta({
      description:
        "sdr maps HDR sources to BT.709; keep leaves them (h265, av1, vp9). Default: keep where the codec can, else sdr",
    }),
    rotate: z
      .union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)])
      .optional()
      .meta({
        description: "Extra clockwise turn, degrees; the source's own rotation is always honoured",
      }),
  })
  .meta({ id: "VideoSpec" });
export type VideoSpec = z.infer<typeof VideoSpec>;

export const AudioSpec = z
  .strictObject({
    codec: z.union([AudioCodec, z.literal("copy")]),
    bitrateKbps: z.int().min(16).max(1_536).optional(),
    channels: z.union([z.literal(1), z.literal(2), z.literal(6), z.literal(8)]).optional(),
    sampleRate: z.union([z.literal(22_050), z.literal(44_100), z.literal(48_000), z.literal(96_000)]).optional(),
    loudness: z
      .strictObject({
        integratedLufs: z.number().min(-70).max(-5).default(-23),
        truePeakDbtp: z.number().min(-9).max(0).default(-1),
        rangeLu: z.number().min(1).max(50).default(7),
      })
      .optional()
      .meta({ description: "EBU R128: measured in a first pass, then corrected linearly where the peaks allow" }),
  })
  .meta({ id: "AudioSpec" });
export type AudioSpec = z.infer<typeof AudioSpec>;

const Seconds = z.number().min(0).max(limits.inputDurationSeconds);

export const TrimSpec = z
  .strictObject({
    startSeconds: Seconds.default(0),
    endSeconds: Seconds.optional(),
    durationSeconds: z.number().min(0.001).max(limits.inputDurationSeconds).optional(),
  })
  .meta({ id: "TrimSpec" });

export const WatermarkSpec = z
  .strictObject({
    assetId: AssetId.meta({ description: "A PNG, JPEG or WebP asset in the same region" }),
    position: z.enum(["top-left", "top-right", "bottom-left", "bottom-right", "center"]).default("bottom-right"),
    marginPercent: z.number().min(0).max(50).default(3).meta({ description: "Of the output's width" }),
    widthPercent: z.number().min(1).max(100).default(15).meta({ description: "Of the output's width" }),
    opacity: z.number().min(0).max(1).default(1),
  })
  .meta({ id: "WatermarkSpec" });

export const SubtitlesSpec = z
  .strictObject({
    assetId: AssetId.optional().meta({ description: "A WebVTT or SRT asset in the same region" }),
    track: z
      .int()
      .min(0)
      .max(31)
      .optional()
      .meta({ description: "Or the source's own subtitle track, counted from 0 (text tracks only)" }),
    mode: z.enum(["burn", "soft"]).default("soft"),
    language: z
      .string()
      .regex(/^[a-z]{3}$/, "must be an ISO 639-2 code")
      .default("und"),
  })
  .meta({ id: "SubtitlesSpec" });

/** One file out of one file: what to make of the picture, the sound and the rest. */
export const TranscodeSpec = z
  .strictObject({
    kind: z.literal("transcode"),
    container: Container,
    video: VideoSpec.optional().meta({ description: "Without it the result has no picture" }),
    audio: AudioSpec.optional().meta({ description: "Without it the result has no sound" }),
    trim: TrimSpec.optional(),
    watermark: WatermarkSpec.optional(),
    subtitles: SubtitlesSpec.optional(),
    poster: z
      .boolean()
      .optional()
      .meta({ description: "Also yield poster.jpg (default true where there is a picture)" }),
    metadata: z
      .boolean()
      .optional()
      .meta({ description: "Also yield metadata.json of source and result (default true)" }),
  })
  .superRefine(checkCombination)
  .meta({ id: "TranscodeSpec" });
export type TranscodeSpec = z.infer<typeof TranscodeSpec>;

interface Combination {
  container: Container;
  video?: VideoSpec | undefined;
  audio?: AudioSpec | undefined;
  trim?: z.infer<typeof TrimSpec> | undefined;
  watermark?: object | undefined;
  subtitles?: z.infer<typeof SubtitlesSpec> | undefined;
  poster?: boolean | undefined;
}

/** Refuses what no encoder could do, each with the path of the field to change. */
function checkCombination(spec: Combination, context: z.core.$RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message, input: spec });
  const allowed = containerCodecs[spec.container];

  if (!spec.video && !spec.audio) refuse(["video"], "a result needs a picture or sound");
  checkVideo(spec, allowed.video, refuse);
  checkAudio(spec, allowed.audio, refuse);

  if (spec.trim?.endSeconds !== undefined && spec.trim.durationSeconds !== undefined)
    refuse(["trim", "durationSeconds"], "give endSeconds or durationSeconds, not both");
  if (spec.trim?.endSeconds !== undefined && spec.trim.endSeconds <= spec.trim.startSeconds)
    refuse(["trim", "endSeconds"], "must be after startSeconds");
  if (spec.watermark && !spec.video) refuse(["watermark"], "needs a picture");
  if (spec.watermark && spec.video?.codec === "copy") refuse(["watermark"], "can't be drawn on a copied picture");
  if (spec.poster && !spec.video) refuse(["poster"], "needs a picture");
  checkSubtitles(spec, refuse);
}

type Refuse = (path: (string | number)[], message: string) => void;

function checkVideo({ container, video }: Combination, codecs: readonly VideoCodec[], refuse: Refuse): void {
  if (!video) return;
  if (codecs.length === 0) {
    refuse(["video"], `${container} holds no picture`);
    return;
  }
  if (video.codec === "copy") {
    if (container === "gif") refuse(["video", "codec"], "gif can't be copied into");
    for (const field of [
      "width",
      "height",
      "fit",
      "fps",
      "quality",
      "bitrateKbps",
      "twoPass",
      "speed",
      "keyframeSeconds",
      "hdr",
      "rotate",
    ] as const)
      if (video[field] !== undefined) refuse(["video", field], "has no effect on a copied picture");
    return;
  }
  if (!codecs.includes(video.codec)) refuse(["video", "codec"], `${container} takes ${codecs.join(", ")}`);
  if (video.quality !== undefined && video.bitrateKbps !== undefined)
    refuse(["video", "bitrateKbps"], "give quality or bitrateKbps, not both");
  if (video.twoPass && video.bitrateKbps === undefined) refuse(["video", "twoPass"], "needs bitrateKbps");
  if (video.twoPass && (video.codec === "prores" || video.codec === "gif" || video.codec === "av1"))
    refuse(["video", "twoPass"], `is not offered for ${video.codec}`);
  if (video.bitrateKbps !== undefined && (video.codec === "prores" || video.codec === "gif"))
    refuse(["video", "bitrateKbps"], `${video.codec} has no bitrate to set`);
  if (video.hdr === "keep" && (video.codec === "h264" || video.codec === "gif"))
    refuse(["video", "hdr"], `${video.codec} is made in SDR only`);
  if (video.fit !== undefined && video.width === undefined && video.height === undefined)
    refuse(["video", "fit"], "needs width or height");
  if (
    video.fit !== undefined &&
    ["cover", "pad", "stretch"].includes(video.fit) &&
    (video.width === undefined || video.height === undefined)
  )
    refuse(["video", "fit"], `${video.fit} needs width and height`);
}

function checkAudio({ container, audio }: Combination, codecs: readonly AudioCodec[], refuse: Refuse): void {
  if (!audio) return;
  if (codecs.length === 0) {
    refuse(["audio"], `${container} holds no sound`);
    return;
  }
  if (audio.codec === "copy") {
    for (const field of ["bitrateKbps", "channels", "sampleRate", "loudness"] as const)
      if (audio[field] !== undefined) refuse(["audio", field], "has no effect on copied sound");
    return;
  }
  if (!codecs.includes(audio.codec)) refuse(["audio", "codec"], `${container} takes ${codecs.join(", ")}`);
  if (audio.codec === "pcm" && audio.bitrateKbps !== undefined)
    refuse(["audio", "bitrateKbps"], "pcm has no bitrate to set");
  if (audio.codec === "mp3" && audio.channels !== undefined && audio.channels > 2)
    refuse(["audio", "channels"], "mp3 has at most 2");
  if (audio.codec === "mp3" && audio.bitrateKbps !== undefined && audio.bitrateKbps > 320)
    refuse(["audio", "bitrateKbps"], "mp3 has at most 320");
  if (audio.codec === "mp3" && audio.sampleRate === 96_000) refuse(["audio", "sampleRate"], "mp3 has at most 48000");
  if (audio.codec === "opus" && audio.sampleRate !== undefined && audio.sampleRate !== 48_000)
    refuse(["audio", "sampleRate"], "opus is made at 48000");
}

function checkSubtitles({ container, video, subtitles }: Combination, refuse: Refuse): void {
  if (!subtitles) return;
  if ((subtitles.assetId === undefined) === (subtitles.track === undefined))
    refuse(["subtitles"], "give assetId or track, one of them");
  if (!video) {
    refuse(["subtitles"], "needs a picture");
    return;
  }
  if (subtitles.mode === "burn" && video.codec === "copy")
    refuse(["subtitles", "mode"], "can't be burned into a copied picture");
  if (subtitles.mode === "soft" && container === "gif") refuse(["subtitles", "mode"], "gif has no subtitle tracks");
}
