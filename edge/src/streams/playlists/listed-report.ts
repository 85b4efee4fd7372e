import { RenditionId } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { z } from "zod";

/**
 * The engine's reports with all that playlists are made of: beyond what a part's completion is checked by. Whatever can't
 * stand in a playlist is no report. Times are ticks of the rendition's `timescale`.
 */

const PlainText = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9._,/-]+$/);
const Count = z.int().min(0);
const Timescale = z.int().min(1);

const KeyFrame = z.object({ time: z.int(), offset: Count, bytes: Count });

const ListedSegment = z
  .object({
    number: z.int().min(1),
    start: Count,
    duration: z.int().min(1),
    offset: Count.default(0),
    bytes: Count,
    samples: Count,
    /** Ticks that the samples last together. */
    sampleTicks: Count,
    /** It can be decoded without any other. */
    closed: z.boolean(),
    keyFrames: z.array(KeyFrame).max(limits.keyFramesPerSegment),
  })
  .refine(showsKeyFramesInOrder, {
    error: "key frames are shown in their order, within their segment",
    path: ["keyFrames"],
  });
export type ListedSegment = z.infer<typeof ListedSegment>;

function showsKeyFramesInOrder({
  start,
  duration,
  keyFrames,
}: {
  readonly start: number;
  readonly duration: number;
  readonly keyFrames: readonly { readonly time: number }[];
}): boolean {
  const times = [start, ...keyFrames.map(({ time }) => time), start + duration];
  return times.every((time, at) => time >= (times[at - 1] ?? 0));
}

const Pair = z.tuple([Count, Count]);
const Colour = z.looseObject({ primaries: Count, transfer: Count, matrix: Count });
const Kind = z.union([
  z.object({ video: z.object({ coded: Pair, shown: Pair, pixelAspect: Pair, colour: Colour.nullable() }) }),
  z.object({ audio: z.object({ channels: Count, sampleRate: Count }) }),
]);

const ListedRendition = z.object({
  id: RenditionId,
  kind: Kind,
  codecs: PlainText,
  family: PlainText,
  supplementalCodecs: PlainText.optional(),
  timescale: Timescale,
  language: z.string().regex(/^[a-z]{0,35}$/),
  /** Streams are not encrypted: their playlists could not say where the key is had. */
  encryption: z.undefined().optional(),
  initSha256: z.string(),
  /** Shortest and longest distance between two samples. */
  distances: Pair,
  segments: z.array(ListedSegment),
});
export type ListedRendition = z.infer<typeof ListedRendition>;

const LanguageCode = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/);
/** A quoted string of a playlist has no escapes (RFC 8216 §4.2). */
const Quotable = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^"\p{Cc}\u2028\u2029]+$/u);

const ListedText = z.object({
  id: RenditionId,
  label: z.object({
    language: LanguageCode.optional(),
    name: Quotable.optional(),
    default: z.boolean(),
    forced: z.boolean(),
  }),
  timescale: Timescale,
  bytes: Count,
  segments: z.array(z.object({ number: z.int().min(1), start: Count, duration: z.int().min(1), bytes: Count })),
});
export type ListedText = z.infer<typeof ListedText>;

const ListedReport = z.object({
  version: z.literal(2),
  renditions: z.array(ListedRendition),
  subtitles: z.array(ListedText).default([]),
});
export type ListedReport = z.infer<typeof ListedReport>;

/** Reads a report as it was stored. Throws `internal` for one that no playlist can be made of. */
export function listedReport(stored: unknown): ListedReport {
  const parsed = ListedReport.safeParse(stored);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ReelwayError("internal", `a report of a stream is not listed: ${issue?.path.join(".")}: ${issue?.message}`);
}
