import { z } from "zod";
import { limits } from "../limits.ts";
import { Sha256 } from "./asset.ts";
import { MediaInfo } from "./media-info.ts";
import { TargetQuality } from "./target-quality.ts";

/**
 * How a stream is made, as its `plan` task found out: a document that people can read, and that every other task of the
 * job works by. Times are in ticks of `video.timescale` on the title's own timeline.
 */

/** What an engine calls a rendition: the folder of its files. */
export const RenditionId = z.string().regex(/^(video|audio|subtitles)-[1-9][0-9]{0,2}$/);

const Ticks = z.int().min(0);
const Ratio = z.tuple([z.int().min(1), z.int().min(1)]);

/** One rung as it is encoded: with every number that decides about its init segment. */
export const PlannedRendition = z
  .strictObject({
    id: RenditionId,
    name: z.string().max(20).meta({ description: "What people call it, such as 720p" }),
    width: z.int().min(2),
    height: z.int().min(2),
    rateFactor: z.number().meta({ description: "Constant quality on the encoder's own scale" }),
    maxKbps: z.int().min(1).meta({ description: "Ceiling, over a buffer of one second of it" }),
    profile: z.string().max(30).nullable(),
    level: z.string().max(10).nullable(),
    codecs: z.string().max(100).nullable().meta({
      description: "RFC 6381; with the next two null where the picture is one task, which brings its own init",
    }),
    initBytes: z.int().min(1).nullable(),
    initSha256: Sha256.nullable().meta({ description: "Of the init segment: every chunk must yield this very one" }),
  })
  .meta({ id: "PlannedRendition" });
export type PlannedRendition = z.infer<typeof PlannedRendition>;

/** As x265 writes SMPTE ST 2086, in H.265's steps: `G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`. */
const DisplayWords = z
  .string()
  .max(100)
  .regex(/^G\(\d+,\d+\)B\(\d+,\d+\)R\(\d+,\d+\)WP\(\d+,\d+\)L\(\d+,\d+\)$/);
/** Most and average light, cd/m² (CTA-861.3). */
const LightWords = z
  .string()
  .max(30)
  .regex(/^\d+,\d+$/);

export const PlannedColor = z.strictObject({
  pixelFormat: z.string().max(30),
  primaries: z.string().max(30).nullable(),
  transfer: z.string().max(30).nullable(),
  matrix: z.string().max(30).nullable(),
  /** Filters that bring HDR down to BT.709, or none. */
  toneMap: z.array(z.string().max(300)).max(10),
  /** The matrix for sources that have none, because they are RGB. */
  fromRgb: z.boolean(),
  /** What HDR10 says of the display that it was made on and of its light, as x265 writes it; null without HDR10. */
  hdr10: z.strictObject({ display: DisplayWords.nullable(), light: LightWords.nullable() }).nullable(),
});

/** What all chunks have in common. */
export const PlannedVideo = z
  .strictObject({
    track: z.int().min(0).nullable().meta({ description: "Its id in the source; null where it is not cut" }),
    encoder: z
      .string()
      .max(40)
      .regex(/^[a-z0-9_-]+$/)
      .meta({ description: "ffmpeg's name, the same for all chunks" }),
    build: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .nullable()
      .meta({
        description:
          "The ffmpeg build, or the one on a kind of device, that alone makes these init segments; null where any does",
      }),
    speed: z.enum(["fast", "balanced", "thorough"]),
    target: TargetQuality.optional().meta({
      description: "Each chunk looks for rate factors that come to it; those of the renditions are where it begins",
    }),
    timescale: z.int().min(1),
    frameRate: Ratio.nullable().meta({ description: "Null where it varies" }),
    fps: z.number().positive().meta({ description: "Pictures a second, on average" }),
    color: PlannedColor,
    renditions: z.array(PlannedRendition).min(1).max(limits.rungs),
  })
  .meta({ id: "PlannedVideo" });
export type PlannedVideo = z.infer<typeof PlannedVideo>;

/** A GOP-aligned range of the source with the place of its segments in the title. */
export const PlannedChunk = z
  .strictObject({
    ordinal: z.int().min(0),
    fromKeyFrame: z.int().min(0),
    toKeyFrame: z.int().min(1),
    start: Ticks,
    end: Ticks,
    pictures: z.int().min(1),
    firstSegment: z.int().min(1),
    segments: z
      .array(z.strictObject({ firstPicture: z.int().min(0), start: Ticks }))
      .min(1)
      .max(limits.segmentsPerChunk),
    keyFrames: z
      .array(z.int().min(0))
      .min(1)
      .max(limits.keyFramesPerChunk)
      .meta({ description: "Pictures of the chunk that the encoder makes key frames, counted from 0" }),
    grid: z.int().min(1).nullable().meta({ description: "The distance of these, where it is always the same" }),
    sourceRange: z.tuple([z.int().min(0), z.int().min(0)]),
    slice: z
      .strictObject({ offset: z.int().min(0), length: z.int().min(1) })
      .meta({ description: "Where its part of the index lies in index.bin" }),
  })
  .meta({ id: "PlannedChunk" });
export type PlannedChunk = z.infer<typeof PlannedChunk>;

export const PlannedAudio = z
  .strictObject({
    id: RenditionId,
    track: z.int().min(0).meta({ description: "Among the source's audio tracks, counted from 0" }),
    language: z.string().max(35).nullable(),
    codec: z.enum(["aac", "opus"]),
    channels: z.int().min(1).max(8),
    bitrateKbps: z.int().min(1),
    loudness: z.boolean(),
  })
  .meta({ id: "PlannedAudio" });
export type PlannedAudio = z.infer<typeof PlannedAudio>;

/** What players and pages need to know. */
const title = {
  durationSeconds: z.number().positive(),
  segmentSeconds: z.number().positive(),
  targetDurationSeconds: z.int().min(1).meta({ description: "No segment is longer, once rounded" }),
  video: PlannedVideo.nullable().meta({ description: "Null for a source of sound alone" }),
  whole: z
    .strictObject({ code: z.string().max(40), reason: z.string().max(limits.reasonLength) })
    .nullable()
    .meta({ description: "Why the picture is one task and not many" }),
  audio: z.array(PlannedAudio).max(limits.streamAudioTracks),
};

/** A plan without the source, and with its chunks only counted: what there is to know of a title while it is made. */
export const StreamTitle = z.strictObject({ ...title, chunks: z.int().min(0) }).meta({ id: "StreamTitle" });
export type StreamTitle = z.infer<typeof StreamTitle>;

export const StreamPlan = z
  .strictObject({
    version: z.literal(1),
    source: MediaInfo,
    ...title,
    chunks: z.array(PlannedChunk).max(limits.chunksPerStream),
    thumbnails: z.boolean(),
  })
  .superRefine(checkChunks)
  .meta({ id: "StreamPlan" });
export type StreamPlan = z.infer<typeof StreamPlan>;

interface Chunked {
  readonly video: PlannedVideo | null;
  readonly chunks: readonly PlannedChunk[];
  readonly whole: object | null;
}

/** Chunks follow one another without gap in time, numbers and segments: what the rest relies on. */
function checkChunks(plan: Chunked, context: z.core.$RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message, input: plan });
  if (plan.chunks.length > 0 === (plan.whole !== null || plan.video === null))
    refuse(["chunks"], "chunks, or why there are none");
  let expected = { ordinal: 0, segment: 1, start: plan.chunks[0]?.start ?? 0, offset: 0 };
  for (const [index, chunk] of plan.chunks.entries()) {
    const starts = chunk.segments.map(({ start }) => start);
    const grows = (values: readonly number[]) => values.every((value, at) => at === 0 || value > (values[at - 1] ?? 0));
    const follows =
      chunk.ordinal === expected.ordinal &&
      chunk.firstSegment === expected.segment &&
      chunk.start === expected.start &&
      chunk.slice.offset === expected.offset &&
      chunk.end > chunk.start &&
      chunk.toKeyFrame > chunk.fromKeyFrame;
    if (!follows) refuse(["chunks", index], "does not follow the one before");
    if (starts[0] !== chunk.start || !grows(starts) || (starts.at(-1) ?? 0) >= chunk.end)
      refuse(["chunks", index, "segments"], "don't lie in the chunk");
    if (chunk.keyFrames[0] !== 0 || !grows(chunk.keyFrames) || (chunk.keyFrames.at(-1) ?? 0) >= chunk.pictures)
      refuse(["chunks", index, "keyFrames"], "don't lie in the chunk");
    expected = {
      ordinal: chunk.ordinal + 1,
      segment: chunk.firstSegment + chunk.segments.length,
      start: chunk.end,
      offset: chunk.slice.offset + chunk.slice.length,
    };
  }
}

/** Names of the files that the `plan` task writes. */
export const planFiles = { plan: "plan.json", index: "index.bin" } as const;
