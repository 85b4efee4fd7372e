import { z } from "zod";

/** Technical metadata of a file, as read by probing it. Sizes are display sizes after rotation. */
export const VideoStream = z.object({
  index: z.int(),
  codec: z.string(),
  profile: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  codedWidth: z.int(),
  codedHeight: z.int(),
  rotation: z
    .union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)])
    .meta({ description: "Clockwise, degrees" }),
  sampleAspectRatio: z.string().nullable(),
  pixelFormat: z.string().nullable(),
  bitDepth: z.int().nullable(),
  fps: z.number().nullable(),
  variableFrameRate: z.boolean(),
  interlaced: z.boolean().optional().meta({ description: "Two fields per frame, taken at different times" }),
  frames: z.int().nullable(),
  durationSeconds: z.number().nullable(),
  bitrateKbps: z.number().nullable(),
  color: z.object({
    primaries: z.string().nullable(),
    transfer: z.string().nullable(),
    matrix: z.string().nullable(),
    range: z.string().nullable(),
  }),
  hdr: z.enum(["hdr10", "hlg", "dolby-vision"]).nullable(),
  attachedPicture: z.boolean(),
});
export type VideoStream = z.infer<typeof VideoStream>;

export const AudioStream = z.object({
  index: z.int(),
  codec: z.string(),
  profile: z.string().nullable(),
  channels: z.int(),
  channelLayout: z.string().nullable(),
  sampleRate: z.int(),
  durationSeconds: z.number().nullable(),
  bitrateKbps: z.number().nullable(),
  language: z.string().nullable(),
  isDefault: z.boolean().optional().meta({ description: "The track that the file itself proposes" }),
});
export type AudioStream = z.infer<typeof AudioStream>;

export const SubtitleStream = z.object({
  index: z.int(),
  codec: z.string(),
  text: z.boolean().meta({ description: "Text that can be converted, as opposed to pictures" }),
  language: z.string().nullable(),
});
export type SubtitleStream = z.infer<typeof SubtitleStream>;

export const MediaInfo = z
  .object({
    container: z.string().meta({ description: "ffmpeg's name of the format" }),
    bytes: z.int(),
    durationSeconds: z.number().nullable(),
    startSeconds: z.number().nullable(),
    bitrateKbps: z.number().nullable(),
    video: z.array(VideoStream),
    audio: z.array(AudioStream),
    subtitles: z.array(SubtitleStream),
    otherStreams: z.int(),
    chapters: z.int(),
    tags: z.record(z.string(), z.string()).meta({ description: "Title and the like, without control characters" }),
  })
  .meta({ id: "MediaInfo" });
export type MediaInfo = z.infer<typeof MediaInfo>;
