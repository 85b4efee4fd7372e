import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { EngineProbe } from "../../engine/probe-document.ts";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import { encodedFile } from "../../ffmpeg/arguments/stream.ts";
import type { EncodedVideo, StreamEncode } from "../../ffmpeg/arguments/stream-encode.ts";
import { earliestEnd, shortestShown } from "../../ffmpeg/last-picture.ts";
import { createEstimator } from "../../ffmpeg/progress.ts";
import type { FfmpegEnd } from "../../ffmpeg/run.ts";
import { evidenceOf } from "../../take-home/evidence.ts";
import type { KindContext, KindResult } from "../kind.ts";
import { checkSample } from "../samples/check-sample.ts";
import { engineScopeOf, scopeOf } from "../scope.ts";
import { truthfulFormats } from "../transcode/verdict.ts";
import { madeBelowCeiling } from "./below-ceiling.ts";
import { type EncodedPart, encodePart } from "./encode-part.ts";
import { encodedBytes } from "./expected-size.ts";
import { initFiles, packageSegments, segmentFiles } from "./package.ts";
import { chooseFactors, type Found, sampleBytes } from "./quality/choose-factors.ts";
import { runOverMade } from "./run-over-made.ts";
import { sampledPart } from "./sample.ts";
import { type WholeInput, wholeInput } from "./whole-input.ts";
import { withHdr10 } from "./with-hdr10.ts";
import { writingMs } from "./writing-time.ts";

/** About how far key frames are apart, seconds. */
const keyFrameSeconds = 2;

/** The whole picture of a source that can't be taken apart, in every rendition, with the init segments of its own. */
export async function encodeWhole(
  context: KindContext,
  { video: planned, segmentSeconds }: Extract<StreamStep, { kind: "encode" }>,
): Promise<KindResult> {
  const whole = await wholeInput(context);
  const { info, picture, seconds, input } = whole;
  const video = await withHdr10(context, planned, picture, input);
  await context.claimSpace(encodedBytes(video, seconds ?? 0));
  const found = await searched(context, video, whole);
  const made = await madeBelowCeiling(context, found?.video ?? video, async (encoded, directory, message) => {
    const { end, ran } = await encode(context, encoded, whole, { segmentSeconds, message });
    const report = await packageSegments({
      scope: engineScopeOf(context),
      encoded: video.renditions.map((_, place) => encodedFile(place)),
      place: {
        ...{ timescale: video.timescale, firstSegment: 1, cutAt: { seconds: segmentSeconds } },
        ...(await spanOf(context, video, { info, picture, input, isClean: end.logTail === "" })),
      },
      directory,
      limitMs: writingMs(context, encodedBytes(video, seconds ?? 0)),
    });
    checkWhole(report, info, picture, end);
    return { directory, report, ran };
  });
  const { directory, report, ran } = made;
  const files = [...initFiles(report, directory), ...segmentFiles(report, directory)];
  return { files, source: info, encoder: video.encoder, ran, report, ...(found && { factors: found.factors }) };
}

function encode(
  context: KindContext,
  video: EncodedVideo,
  { input, seconds, picture }: WholeInput,
  { segmentSeconds, message }: { readonly segmentSeconds: number; readonly message: string },
): Promise<EncodedPart> {
  const between = segmentSeconds / Math.max(1, Math.round(segmentSeconds / keyFrameSeconds));
  const keyFrames = { seconds: between, fps: video.fps };
  const encoding: StreamEncode = { video, input, keyFrames, threads: context.threads };
  const sampled = sampledPart(encoding, context.workDirectory, seconds);
  const estimate = createEstimator(seconds, [1]);
  return encodePart(context, encoding, async () => picture, {
    onProgress: (progress) => context.report({ ...estimate(0, progress), message }),
    check: () => checkSample(context, sampled),
  });
}

/** With the rate factors of a target quality, where there is one. */
async function searched(
  context: KindContext,
  video: PlannedVideo,
  { input, seconds, picture }: Pick<WholeInput, "input" | "seconds" | "picture">,
): Promise<Found | null> {
  if (video.target === undefined) return null;
  const searched = { video, input, length: seconds, grid: null, seconds: [0, seconds ?? 0] } as const;
  await context.claimSpace(encodedBytes(video, seconds ?? 0) + sampleBytes(searched, picture));
  return chooseFactors(context, searched, video.target);
}

/**
 * When the first picture is shown: later than 0 where the sound begins first. And how long the last one stays, where the
 * source of pictures that come as they like says so: ffmpeg forgets it, tells it of the whole and not of the picture,
 * or holds it as long as the gap before it.
 * Null: as long as it was encoded.
 */
async function spanOf(
  context: KindContext,
  { timescale }: PlannedVideo,
  { isClean, ...source }: Pick<WholeInput, "info" | "picture" | "input"> & { readonly isClean: boolean },
): Promise<{ readonly start: number; readonly end: number | null }> {
  const document = await runOverMade(engineScopeOf(context), ["probe", "--brief", encodedFile(0)], context.stallMs);
  const [track] = EngineProbe.parse(document).tracks;
  if (track === undefined) throw new ReelwayError("output_empty", "no picture of the source could be decoded");
  const start = Math.max(0, track.shownFromSeconds);
  const ticks = (seconds: number) => Math.round(seconds * timescale);
  const end = isClean ? await lastEnd(context, source, { start, end: start + track.shownSeconds }) : null;
  return { start: ticks(start), end: end === null ? null : ticks(end) };
}

/**
 * When the last picture of a source of uneven ones ends, seconds of the title; null where it does not tell. Matroska tells when
 * the whole ends, MP4 how long the picture lasts.
 */
async function lastEnd(
  context: KindContext,
  { info, picture, input: { path, format, origin: title } }: Pick<WholeInput, "info" | "picture" | "input">,
  encoded: { readonly start: number; readonly end: number },
): Promise<number | null> {
  const origin = title ?? 0;
  const pictures = { path, format, picture, origin, shortest: shortestShown };
  const earliest = await earliestEnd(scopeOf(context), pictures);
  if (earliest === null) return null;
  if (format === "mov")
    return picture.durationSeconds === null ? null : Math.max(encoded.start + picture.durationSeconds, earliest);
  const whole = (info.startSeconds ?? 0) + (info.durationSeconds ?? Number.POSITIVE_INFINITY) - origin;
  return Math.min(encoded.end, Math.max(whole, earliest));
}

/** As for a transcode: renditions fit each other, and last as long as the source claims where its claims are true. */
function checkWhole({ renditions }: PackageReport, info: MediaInfo, picture: VideoStream, end: FfmpegEnd): void {
  const evidence = evidenceOf(end);
  const [first] = renditions;
  const last = first?.segments.at(-1);
  if (first === undefined || last === undefined)
    throw new ReelwayError("output_invalid", "nothing was packaged", evidence);
  const starts = ({ segments }: typeof first) => segments.map(({ start }) => start).join();
  if (renditions.some((rendition) => starts(rendition) !== starts(first)))
    throw new ReelwayError("output_invalid", "the renditions' segments begin at different times", evidence);
  const expected = picture.durationSeconds ?? info.durationSeconds;
  if (expected === null || !truthfulFormats.has(forcedFormat(info.container))) return;
  const made = (last.start + last.duration - (first.segments[0]?.start ?? 0)) / first.timescale;
  const isLost = made < expected - Math.max(0.75, expected * 0.05);
  if (isLost && !(picture.variableFrameRate && end.logTail === ""))
    throw new ReelwayError(
      "input_truncated",
      `only ${made.toFixed(2)} s of ${expected.toFixed(2)} s could be read`,
      evidence,
    );
}
