import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InputRange } from "@reelway/shared/contracts/program-run";
import type { PlannedChunk, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { runForDocument } from "../../engine/run-engine.ts";
import type { KeyFrames } from "../../ffmpeg/arguments/key-frames.ts";
import { encodedFile } from "../../ffmpeg/arguments/stream.ts";
import type { EncodedVideo, StreamEncode, StreamInput } from "../../ffmpeg/arguments/stream-encode.ts";
import { reasonIn } from "../../ffmpeg/failure.ts";
import { probeSource } from "../../ffmpeg/probe.ts";
import type { FfmpegEnd } from "../../ffmpeg/run.ts";
import { readRange } from "../../storage/read-range.ts";
import { evidenceOf } from "../../take-home/evidence.ts";
import type { KindContext, KindResult } from "../kind.ts";
import { checkSample } from "../samples/check-sample.ts";
import { engineScopeOf, scopeOf } from "../scope.ts";
import { mainPicture } from "../transcode/streams.ts";
import { madeBelowCeiling } from "./below-ceiling.ts";
import { checkChunk } from "./check-chunk.ts";
import { type EncodedPart, encodePart } from "./encode-part.ts";
import { chunkBytes } from "./expected-size.ts";
import { packageSegments, segmentFiles } from "./package.ts";
import { chooseFactors, type Found, sampleBytes } from "./quality/choose-factors.ts";
import { readingMs, readRemote } from "./read-remote.ts";
import { renamedTo } from "./renamed-renditions.ts";
import { bringReused } from "./reused-renditions.ts";
import { sampledPart } from "./sample.ts";

/**
 * One chunk of the picture, from its range of the source to its segments in every rendition. What it has in common with another
 * stream is copied; its report is of what was encoded alone, and there is none where nothing was.
 */
export async function encodeChunk(given: KindContext, video: PlannedVideo, chunk: PlannedChunk): Promise<KindResult> {
  const reused = await bringReused(given);
  const copies = [...reused.values()].flat();
  const renditions = video.renditions.filter(({ id }) => !reused.has(id));
  if (renditions.length === 0) return { files: copies, source: null, encoder: null };
  const { files, ...made } = await encodeRenditions(given, { ...video, renditions }, chunk);
  return { ...made, files: [...files, ...copies] };
}

async function encodeRenditions(given: KindContext, video: PlannedVideo, chunk: PlannedChunk): Promise<KindResult> {
  await given.claimSpace(chunkBytes(video, chunk));
  const context = { ...given, inputRange: rangeOf(video, chunk) };
  const cut = await cutChunk(context, video, chunk);
  const found = await searched(context, video, chunk, cut);
  const made = await madeBelowCeiling(context, found?.video ?? video, async (encoded, directory, message) => ({
    directory,
    ran: await encode(context, encoded, { chunk, cut, message }),
    report: await packageSegments({
      scope: engineScopeOf(context),
      encoded: video.renditions.map((_, place) => encodedFile(place)),
      place: {
        timescale: video.timescale,
        firstSegment: chunk.firstSegment,
        start: chunk.start,
        end: chunk.end,
        cutAt: chunk.segments.map(({ start }) => start),
      },
      directory,
      limitMs: context.stallMs,
    }),
  }));
  const ids = video.renditions.map(({ id }) => id);
  const { directory, ran } = made;
  const report = await renamedTo(ids, made.report, directory);
  checkChunk(report, video, chunk);
  const factors = found === null ? {} : { factors: found.factors };
  return { files: segmentFiles(report, directory), source: null, encoder: video.encoder, ran, report, ...factors };
}

/** With the rate factors of a target quality, where there is one. */
async function searched(
  context: KindContext,
  video: PlannedVideo,
  chunk: PlannedChunk,
  cut: string,
): Promise<Found | null> {
  if (video.target === undefined) return null;
  const { timescale } = video;
  const seconds = [chunk.start / timescale, chunk.end / timescale] as const;
  const input = inputOfCut(cut);
  const part = { video, input, length: seconds[1] - seconds[0], grid: chunk.grid, seconds };
  const { video: pictures } = await probeSource(scopeOf(context), cut);
  const [picture] = pictures;
  if (picture !== undefined) await context.claimSpace(chunkBytes(video, chunk) + sampleBytes(part, picture));
  return chooseFactors(context, part, video.target);
}

/** Fetches the chunk's part of the index, and by it the chunk's part of the source. */
export async function cutChunk(
  context: KindContext,
  { track }: Pick<PlannedVideo, "track">,
  chunk: Pick<PlannedChunk, "fromKeyFrame" | "toKeyFrame" | "slice" | "sourceRange">,
): Promise<string> {
  const { signal, storageStallMs: stallMs, pacing } = context;
  const slice = join(context.workDirectory, "slice.json");
  await writeFile(slice, await readRange(context.remote("index"), chunk.slice, { signal, stallMs, pacing }));
  // Key frames keep their numbers in a slice: by the whole index the same is cut.
  context.made.note("slice.json", ["reelway-media index source > slice.json"]);
  return cutBySlice(context, slice, { ...chunk, track });
}

/** What a chunk shows of its source. */
export function rangeOf(
  { timescale }: Pick<PlannedVideo, "timescale">,
  { start, end }: Pick<PlannedChunk, "start" | "end">,
): InputRange {
  return { fromSeconds: start / timescale, toSeconds: end / timescale };
}

/** Cuts a range between key frames out of the source by an index that holds them. */
export async function cutBySlice(
  context: KindContext,
  index: string,
  range: Pick<PlannedChunk, "fromKeyFrame" | "toKeyFrame" | "sourceRange"> & Pick<PlannedVideo, "track">,
): Promise<string> {
  const path = join(context.workDirectory, "cut.mp4");
  const [from, to] = range.sourceRange;
  await readRemote(context, "source", (said) =>
    runForDocument(
      engineScopeOf(context),
      [
        ...(["cut", "--index", index] as const),
        ...["--from", String(range.fromKeyFrame), "--to", String(range.toKeyFrame)],
        ...(range.track === null ? [] : ["--track", String(range.track)]),
        ...["-o", path],
      ],
      readingMs(context, to - from),
      said,
    ),
  );
  return path;
}

/** A range that was cut out of the source, as the encoders read it. */
export function inputOfCut(path: string): StreamInput {
  return { path, format: "mov", stream: 0, origin: null, interlaced: false };
}

/** Encodes all renditions. Where pictures don't decode, once more with others in their place, as players would show them. */
async function encode(
  context: KindContext,
  video: EncodedVideo,
  { chunk, cut, message }: { readonly chunk: PlannedChunk; readonly cut: string; readonly message: string },
): Promise<EncodedPart["ran"]> {
  const encoding: StreamEncode = {
    video,
    input: inputOfCut(cut),
    keyFrames: keyFramesOf(chunk),
    threads: context.threads,
  };
  const { end, ran } = await run(context, encoding, chunk, message);
  if (end.frames === chunk.pictures) return ran;
  const words = lastWords(end);
  const short = `${end.frames ?? 0} of ${chunk.pictures} pictures were decoded${words === null ? "" : `: ${words}`}`;
  const evidence = evidenceOf(end);
  if (words === null) throw new ReelwayError("chunk_mismatch", `chunk ${chunk.ordinal}: ${short}`, evidence);
  if (video.frameRate === null || end.frames === 0) throw new ReelwayError("input_unreadable", short, evidence);
  context.log.warn({ chunk: chunk.ordinal, reason: short }, "the source is damaged here; what is missing is filled in");
  const filled = await run(context, { ...encoding, fillTo: chunk.pictures }, chunk, message);
  return filled.ran;
}

export function keyFramesOf({ grid, keyFrames }: Pick<PlannedChunk, "grid" | "keyFrames">): KeyFrames {
  return grid === null ? { pictures: keyFrames } : { grid };
}

function run(
  context: KindContext,
  encoding: StreamEncode,
  { pictures, start, end }: PlannedChunk,
  message: string,
): Promise<EncodedPart> {
  const scope = scopeOf(context);
  const picture = async () => mainPicture(await probeSource(scope, encoding.input.path));
  const { timescale } = encoding.video;
  const sampled = sampledPart(encoding, context.workDirectory, (end - start) / timescale);
  return encodePart(context, encoding, picture, {
    onProgress: ({ frames, fps, speed }) => {
      const done = Math.min(frames ?? 0, pictures);
      const etaSeconds = fps === null ? null : (pictures - done) / fps;
      context.report({ percent: (done / pictures) * 100, fps, speed, etaSeconds, message });
    },
    check: async ({ frames }) => {
      if (frames === pictures) await checkSample(context, sampled);
    },
  });
}

function lastWords({ logTail }: FfmpegEnd): string | null {
  const line = logTail.split("\n").findLast((text) => text.trim() !== "");
  return line === undefined ? null : reasonIn(line);
}
