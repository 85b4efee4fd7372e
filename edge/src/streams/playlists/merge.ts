import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ListedRendition, ListedReport, ListedText } from "./listed-report.ts";
import { endSecondsOf, isVideo, secondsOf } from "./rendition.ts";

/** What there is of a title, joined from the reports of its parts. */
export interface ListedTitle {
  /** Pictures, then sound. */
  readonly renditions: readonly ListedRendition[];
  readonly subtitles: readonly ListedText[];
}

/** Times of different clocks that mean the same differ by no more. */
const roundingSeconds = 1e-6;

/**
 * What stands without a gap at the start of every rendition: pictures as far as all renditions have them, sound and text
 * no further than the pictures, since players that find more sound than pictures play on without. Null where something
 * has no segment yet. Throws `internal` for reports that don't fit together.
 */
export function mergeGrowing(reports: readonly ListedReport[]): ListedTitle | null {
  const renditions = upToPictures(join(reports).map(withoutGap));
  const pictures = renditions.filter(isVideo);
  const end = Math.min(...(pictures.length > 0 ? pictures : renditions).map(endSecondsOf));
  const subtitles = reports
    .flatMap((report) => report.subtitles)
    .sort(byPlace)
    .map((text) => endingBy(text, end + (1 / text.timescale + roundingSeconds)));
  const isEmpty = [...renditions, ...subtitles].some(({ segments }) => segments.length === 0);
  return isEmpty || renditions.length === 0 ? null : { renditions, subtitles };
}

/** All chunks of each rendition as one. Pictures first, then by name: whichever chunk's report came first. */
function join(reports: readonly ListedReport[]): ListedRendition[] {
  const chunks = Map.groupBy(
    reports.flatMap((report) => report.renditions),
    ({ id }) => id,
  );
  return [...chunks.values()].map(joinChunks).sort((a, b) => Number(isVideo(b)) - Number(isVideo(a)) || byPlace(a, b));
}

function joinChunks(chunks: readonly ListedRendition[]): ListedRendition {
  const [first] = chunks;
  if (!first) throw new ReelwayError("internal", "a rendition of nothing");
  const { id, initSha256, timescale } = first;
  if (chunks.some((chunk) => chunk.initSha256 !== initSha256 || chunk.timescale !== timescale))
    throw new ReelwayError("internal", `chunks of ${id} do not fit together`);
  const segments = chunks.flatMap((chunk) => chunk.segments).sort((a, b) => a.number - b.number);
  const shortest = Math.min(...chunks.map(({ distances: [least] }) => least));
  const longest = Math.max(...chunks.map(({ distances: [, most] }) => most));
  return { ...first, distances: [shortest, longest], segments };
}

/** Ids end in a number: `video-10` comes behind `video-9`. */
function byPlace({ id: a }: { readonly id: string }, { id: b }: { readonly id: string }): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

function withoutGap(rendition: ListedRendition): ListedRendition {
  const gap = rendition.segments.findIndex(({ number }, index) => number !== index + 1);
  const segments = gap < 0 ? rendition.segments : rendition.segments.slice(0, gap);
  const torn = segments.find(({ start }, index) => {
    const before = segments[index - 1];
    return before !== undefined && before.start + before.duration !== start;
  });
  if (torn)
    throw new ReelwayError("internal", `segment ${torn.number} of ${rendition.id} does not follow the one before`);
  return { ...rendition, segments };
}

/** Pictures as far as all renditions have them, and sound no further. */
function upToPictures(renditions: readonly ListedRendition[]): readonly ListedRendition[] {
  const videos = renditions.filter(isVideo);
  const [first] = videos;
  if (!first) return renditions;
  const common = Math.min(...videos.map(({ segments }) => segments.length));
  const truncated = (video: ListedRendition) => ({ ...video, segments: video.segments.slice(0, common) });
  const end = endSecondsOf(truncated(first)) + roundingSeconds;
  return renditions.map((one) => (isVideo(one) ? truncated(one) : endingBy(one, end)));
}

/** With the segments that end by then. */
function endingBy<T extends ListedRendition | ListedText>(track: T, seconds: number): T {
  const late = track.segments.findIndex(({ start, duration }) => secondsOf(track, start + duration) > seconds);
  return late < 0 ? track : { ...track, segments: track.segments.slice(0, late) };
}
