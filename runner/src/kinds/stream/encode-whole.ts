import { join } from "node:path";
import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { EngineProbe } from "../../engine/probe-document.ts";
import { runForDocument } from "../../engine/run-engine.ts";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import { encodedFile, streamArguments } from "../../ffmpeg/arguments/stream.ts";
import { NO_SPACE } from "../../ffmpeg/failure.ts";
import { probeSource } from "../../ffmpeg/probe.ts";
import { createEstimator } from "../../ffmpeg/progress.ts";
import { type FfmpegEnd, runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext, KindResult } from "../kind.ts";
import { engineScopeOf, scopeOf, sourceOf } from "../scope.ts";
import { mainPicture } from "../transcode/streams.ts";
import { truthfulFormats } from "../transcode/verdict.ts";
import { encodedBytes } from "./expected-size.ts";
import { initFiles, packageSegments, segmentFiles } from "./package.ts";
import { titleOrigin } from "./title-origin.ts";

/** About how far key frames are apart, seconds. */
const keyFrameSeconds = 2;

/** The whole picture of a source that can't be taken apart, in every rendition, with the init segments of its own. */
export async function encodeWhole(
  context: KindContext,
  { video, segmentSeconds }: Extract<StreamStep, { kind: "encode" }>,
): Promise<KindResult> {
  const scope = scopeOf(context);
  const path = sourceOf(context);
  const info = await probeSource(scope, path);
  const picture = mainPicture(info);
  const seconds = picture.durationSeconds ?? info.durationSeconds;
  await context.claimSpace(encodedBytes(video, seconds ?? 0));
  const estimate = createEstimator(seconds, [1]);
  const between = segmentSeconds / Math.max(1, Math.round(segmentSeconds / keyFrameSeconds));
  const end = await runFfmpeg(
    scope,
    streamArguments({
      video,
      input: {
        ...{ path, format: forcedFormat(info.container), stream: picture.index, origin: titleOrigin(info) },
        interlaced: picture.interlaced === true,
      },
      keyFrames: { seconds: between, fps: video.fps },
      threads: context.threads,
    }),
    (progress) => context.report({ ...estimate(0, progress), message: "encoding" }),
  );
  const directory = join(context.outputDirectory, "segments");
  const report = await packageSegments({
    scope: engineScopeOf(context),
    encoded: video.renditions.map((_, place) => encodedFile(place)),
    place: {
      ...{ timescale: video.timescale, firstSegment: 1, end: null, cutAt: { seconds: segmentSeconds } },
      start: await startOf(context, video),
    },
    directory,
    limitMs: context.stallMs + encodedBytes(video, seconds ?? 0) / slowDiskBytesPerMs,
  });
  checkWhole(report, info, picture, end);
  const files = [...initFiles(report, directory), ...segmentFiles(report, directory)];
  return { files, source: info, encoder: video.encoder, report };
}

const slowDiskBytesPerMs = 20_000;

/** When the first picture is shown: later than 0 where the sound begins first. */
async function startOf(context: KindContext, { timescale }: PlannedVideo): Promise<number> {
  const document = await runForDocument(engineScopeOf(context), ["probe", "--brief", encodedFile(0)], context.stallMs);
  const [track] = EngineProbe.parse(document).tracks;
  if (track === undefined) throw new ReelwayError("output_empty", "no picture of the source could be decoded");
  return Math.max(0, Math.round(track.shownFromSeconds * timescale));
}

/** As for a transcode: renditions fit each other, and last as long as the source claims where its claims are true. */
function checkWhole({ renditions }: PackageReport, info: MediaInfo, picture: VideoStream, end: FfmpegEnd): void {
  const log = end.logTail === "" ? {} : { logTail: end.logTail };
  if (NO_SPACE.test(end.logTail)) throw new ReelwayError("scratch_full", "no space left while encoding", log);
  const [first] = renditions;
  const last = first?.segments.at(-1);
  if (first === undefined || last === undefined) throw new ReelwayError("output_invalid", "nothing was packaged", log);
  const starts = ({ segments }: typeof first) => segments.map(({ start }) => start).join();
  if (renditions.some((rendition) => starts(rendition) !== starts(first)))
    throw new ReelwayError("output_invalid", "the renditions' segments begin at different times", log);
  const expected = picture.durationSeconds ?? info.durationSeconds;
  if (expected === null || !truthfulFormats.has(forcedFormat(info.container))) return;
  const made = (last.start + last.duration - (first.segments[0]?.start ?? 0)) / first.timescale;
  const isLost = made < expected - Math.max(0.75, expected * 0.05);
  if (isLost && !(picture.variableFrameRate && end.logTail === ""))
    throw new ReelwayError(
      "input_truncated",
      `only ${made.toFixed(2)} s of ${expected.toFixed(2)} s could be read`,
      log,
    );
}
