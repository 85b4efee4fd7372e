import { join } from "node:path";
import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { PlannedChunk, PlannedRendition, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { encodedFile } from "../../ffmpeg/arguments/stream.ts";
import { streamFacts } from "../../ffmpeg/arguments/stream-encoders.ts";
import type { KindContext, ProducedFile } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";
import { cutBySlice, inputOfCut, keyFramesOf } from "./encode-chunk.ts";
import { encodePart } from "./encode-part.ts";
import { initFiles, packageSegments } from "./package.ts";
import { withHdr10 } from "./with-hdr10.ts";

export interface Opening {
  readonly video: PlannedVideo;
  /** The init segments of all renditions. */
  readonly inits: readonly ProducedFile[];
}

/** Enough for an encoder to say how its stream is configured. */
const fewPictures = 4;

/**
 * Encodes the first pictures exactly as chunks will be, for the init segments that all of them must yield. Null where the
 * encoder turns out not to make key frames where it is told to.
 */
export async function tryOpening(
  context: KindContext,
  index: string,
  draft: PlannedVideo,
  source: VideoStream,
  first: PlannedChunk,
): Promise<Opening | null> {
  const { directory, report, video, stopAfter, second } = await encodeOpening(context, index, draft, source, first);
  const isAsTold = second === null || report.renditions.every(({ segments }) => isCutAt(segments, second, stopAfter));
  if (!isAsTold) return null;
  return { video: { ...video, renditions: withInits(video.renditions, report) }, inits: initFiles(report, directory) };
}

async function encodeOpening(
  context: KindContext,
  index: string,
  draft: PlannedVideo,
  source: VideoStream,
  first: PlannedChunk,
) {
  const second = mustBeSeen(draft.encoder, first) ? (first.keyFrames[1] ?? null) : null;
  const range = second === null ? { ...first, toKeyFrame: first.fromKeyFrame + 1 } : first;
  const cut = await cutBySlice(context, index, { ...range, track: draft.track });
  const input = inputOfCut(cut);
  const video = await withHdr10(context, draft, source, input);
  const stopAfter = second === null ? fewPictures : second + 1;
  const encode = { video, input, keyFrames: keyFramesOf(first), threads: context.threads, stopAfter };
  await encodePart(context, encode, async () => source);
  const directory = join(context.outputDirectory, "opening");
  const report = await packageSegments({
    scope: engineScopeOf(context),
    encoded: video.renditions.map((_, place) => encodedFile(place)),
    place: { timescale: video.timescale, firstSegment: 1, start: 0, end: null, cutAt: { seconds: shortest } },
    directory,
    limitMs: context.stallMs,
  });
  return { directory, report, video, stopAfter, second };
}

/** The engine ends a segment at each key frame that is so far from the one before, seconds. */
const shortest = 0.5;

function mustBeSeen(name: string, { grid }: PlannedChunk): boolean {
  const { obeys } = streamFacts(name);
  return obeys === "never known" || (obeys === "grid" && grid === null);
}

function isCutAt(segments: PackageReport["renditions"][number]["segments"], second: number, pictures: number): boolean {
  return segments.length === 2 && segments[0]?.samples === second && segments[1]?.samples === pictures - second;
}

function withInits(renditions: readonly PlannedRendition[], report: PackageReport): PlannedRendition[] {
  return renditions.map((rendition) => {
    const made = report.renditions.find(({ id }) => id === rendition.id);
    if (made === undefined) throw new TypeError(`${rendition.id} was not packaged`);
    const { codecs, initBytes, initSha256 } = made;
    return { ...rendition, codecs, initBytes, initSha256 };
  });
}
