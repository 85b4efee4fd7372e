import { z } from "zod";

const Seconds = z.number();
const Pair = z.tuple([z.number(), z.number()]);
const CodePoint = z.int().min(0);

const Picture = z.object({
  width: z.int(),
  height: z.int(),
  chroma: z.enum(["4:0:0", "4:2:0", "4:2:2", "4:4:4"]),
  bitDepth: z.int(),
  progressive: z.boolean(),
  pixelAspect: Pair.optional(),
  fullRange: z.boolean().optional(),
  colour: z.tuple([CodePoint, CodePoint, CodePoint]).optional(),
});

const Video = z.object({
  width: z.int(),
  height: z.int(),
  declaredPixelAspect: Pair.optional(),
  display: Pair,
  picture: Picture.optional(),
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]).optional(),
  frameRate: z.number(),
  frameSeconds: Pair,
  colour: z.object({ primaries: CodePoint, transfer: CodePoint, matrix: CodePoint, fullRange: z.boolean() }).optional(),
  supplementalCodecs: z.string().optional(),
});
export type EngineVideo = z.infer<typeof Video>;

const Track = z.object({
  kind: z.enum(["video", "audio", "text", "chapters", "other"]),
  format: z.string(),
  codec: z.string(),
  codecs: z.string(),
  encrypted: z.boolean(),
  language: z.string(),
  languageIsIso: z.boolean(),
  enabled: z.boolean(),
  samples: z.int(),
  bytes: z.int(),
  shownFromSeconds: Seconds,
  shownSeconds: Seconds,
  codedSeconds: Seconds,
  edits: z.object({ furtherEdits: z.int() }).optional(),
  video: Video.optional(),
  audio: z.object({ channels: z.int(), sampleRate: z.int() }).optional(),
});
export type EngineTrack = z.infer<typeof Track>;

/** The parts of `reelway-media probe --brief` that we read. */
export const EngineProbe = z.object({
  brand: z.string().nullable(),
  bytes: z.int(),
  fragmented: z.boolean(),
  durationSeconds: Seconds,
  headerSeconds: Seconds,
  createdAt: z.int().optional(),
  minorVersion: z.int().optional(),
  compatibleBrands: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  tagsComplete: z.boolean(),
  tracks: z.array(Track),
  unreadableTracks: z.array(z.string()),
});
export type EngineProbe = z.infer<typeof EngineProbe>;
