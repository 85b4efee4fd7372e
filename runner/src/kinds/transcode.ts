import { join } from "node:path";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { containers } from "../ffmpeg/arguments/container.ts";
import type { VideoEncoder } from "../ffmpeg/arguments/encoders.ts";
import { gifArguments } from "../ffmpeg/arguments/gif.ts";
import { forcedFormat } from "../ffmpeg/arguments/guard.ts";
import { type TranscodeFiles, type TranscodePlan, transcodeArguments } from "../ffmpeg/arguments/transcode.ts";
import { probeSource } from "../ffmpeg/probe.ts";
import { createEstimator, type FfmpegProgress } from "../ffmpeg/progress.ts";
import { type FfmpegEnd, type RunScope, runFfmpeg } from "../ffmpeg/run.ts";
import { inSpan } from "../telemetry/spans.ts";
import type { Kind, KindContext, ProducedFile } from "./kind.ts";
import { summarise, writeMetadata } from "./metadata-file.ts";
import { scopeOf, sourceOf } from "./scope.ts";
import { takePoster } from "./still.ts";
import { expectedBytes } from "./transcode/expected-size.ts";
import { correctLoudness } from "./transcode/loudness.ts";
import { planTranscode } from "./transcode/plan.ts";
import { prepareSubtitles } from "./transcode/subtitle-text.ts";
import { expectedSeconds, judgeResult } from "./transcode/verdict.ts";
import { readWatermark } from "./transcode/watermark-image.ts";

/** One file out of one file, with its poster and metadata. */
export const transcode: Kind = async (context) => {
  const { spec, hardware } = context.task;
  if (spec.kind !== "transcode") throw new TypeError(`not a transcode spec: ${spec.kind}`);
  const scope = scopeOf(context);
  const source = await probeSource(scope, sourceOf(context));
  const watermark = await readWatermark(spec, context.inputs.watermark?.[0]);
  const { plan, encoders } = planTranscode(spec, source, context.tools, hardware, watermark);
  await prepareSubtitles(context, scope, spec, source);

  const seconds = expectedSeconds(plan, source);
  const files = await filesOf(context, spec, source, expectedBytes(plan, seconds));
  const onProgress = reporter(context, seconds, passesOf(plan, spec));
  const sound = plan.sound
    ? await correctLoudness(scope, spec, plan.sound, plan.window, files, (progress) => onProgress("loudness", progress))
    : null;
  const corrected = { ...plan, sound };
  const { end, encoder } = await encode(context, scope, corrected, files, encoders, onProgress);
  const result = await inSpan("check", {}, () => judgeResult(scope, corrected, files, source, end));

  const produced: ProducedFile[] = [mainFile(files, spec, result)];
  if (spec.poster ?? spec.video !== undefined) produced.push(...(await makePoster(context, scope, files, result)));
  if (spec.metadata ?? true) produced.push(await writeMetadata(context.outputDirectory, { source, result }));
  context.report({ percent: 100, fps: null, speed: null, etaSeconds: 0, message: "done" });
  return { files: produced, source, encoder: encoder ?? sound?.encoder ?? null };
};

async function filesOf(
  context: KindContext,
  spec: TranscodeSpec,
  source: MediaInfo,
  expected: number,
): Promise<TranscodeFiles> {
  const scratchBytes = await context.claimSpace(Math.ceil(expected / RESULT_SHARE));
  const stem = spec.video ? "video" : "audio";
  return {
    source: sourceOf(context),
    format: forcedFormat(source.container),
    output: join(context.outputDirectory, `${stem}.${containers[spec.container].extension}`),
    work: context.workDirectory,
    threads: context.threads,
    outputBytes: Math.floor(scratchBytes * RESULT_SHARE),
  };
}

/** The rest of the scratch space is for palettes, statistics, the poster and the metadata. */
const RESULT_SHARE = 0.95;

type PassName = "loudness" | "first" | "main" | "check";
const passMessages: Readonly<Record<PassName, string>> = {
  loudness: "measuring loudness",
  first: "first pass",
  main: "encoding",
  check: "checking the result",
};

/** The runs of this job, with how long each takes against the others. */
function passesOf(plan: TranscodePlan, spec: TranscodeSpec): ReadonlyMap<PassName, number> {
  const passes = new Map<PassName, number>();
  if (plan.sound && spec.audio?.loudness) passes.set("loudness", plan.picture ? 0.1 : 0.5);
  if (plan.picture?.twoPass || plan.container === "gif") passes.set("first", 0.6);
  passes.set("main", 1);
  passes.set("check", 0.03);
  return passes;
}

function reporter(context: KindContext, expected: number | null, passes: ReadonlyMap<PassName, number>) {
  const names = [...passes.keys()];
  const estimate = createEstimator(expected, [...passes.values()]);
  return (pass: PassName, progress: FfmpegProgress) =>
    context.report({ ...estimate(names.indexOf(pass), progress), message: passMessages[pass] });
}

/** Encodes by the best proved encoder; a device that fails hands over to the next, in the end to software. */
async function encode(
  context: KindContext,
  scope: RunScope,
  plan: TranscodePlan,
  files: TranscodeFiles,
  encoders: readonly VideoEncoder[],
  onProgress: (pass: PassName, progress: FfmpegProgress) => void,
): Promise<{ end: FfmpegEnd; encoder: string | null }> {
  if (!plan.picture) return { end: await encodeWith(scope, plan, files, null, onProgress), encoder: null };
  for (const [index, encoder] of encoders.entries()) {
    try {
      return { end: await encodeWith(scope, plan, files, encoder, onProgress), encoder: encoder.name };
    } catch (error) {
      const isLast = index === encoders.length - 1;
      const deviceFailed = encoder.hardware && error instanceof ReelwayError && error.code === "encode_failed";
      if (isLast || !deviceFailed) throw error;
      context.log.warn(
        { encoder: encoder.name, reason: error.detail },
        "the device failed, the next encoder takes over",
      );
    }
  }
  throw new ReelwayError("spec_unsupported", "this runner has no encoder for the picture");
}

async function encodeWith(
  scope: RunScope,
  plan: TranscodePlan,
  files: TranscodeFiles,
  encoder: VideoEncoder | null,
  onProgress: (pass: PassName, progress: FfmpegProgress) => void,
): Promise<FfmpegEnd> {
  const first = (progress: FfmpegProgress) => onProgress("first", progress);
  const main = (progress: FfmpegProgress) => onProgress("main", progress);
  if (encoder && plan.container === "gif") {
    await runFfmpeg(scope, gifArguments(plan, files, encoder, 1), first);
    return runFfmpeg(scope, gifArguments(plan, files, encoder, 2), main);
  }
  if (plan.picture?.twoPass) {
    await runFfmpeg(scope, transcodeArguments(plan, files, encoder, 1), first);
    return runFfmpeg(scope, transcodeArguments(plan, files, encoder, 2), main);
  }
  return runFfmpeg(scope, transcodeArguments(plan, files, encoder), main);
}

function mainFile(files: TranscodeFiles, spec: TranscodeSpec, result: MediaInfo): ProducedFile {
  const { extension, contentType } = containers[spec.container];
  const role = spec.video ? "video" : "audio";
  return { path: files.output, name: `${role}.${extension}`, role, contentType, media: summarise(result) };
}

/** The poster shows the result as it is: turned, cut, marked and toned. A result without a picture has none. */
async function makePoster(
  context: KindContext,
  scope: RunScope,
  files: TranscodeFiles,
  result: MediaInfo,
): Promise<ProducedFile[]> {
  const stream = result.video[0];
  if (!stream) return [];
  const path = join(context.outputDirectory, "poster.jpg");
  const source = { path: files.output, format: forcedFormat(result.container), threads: context.threads, stream };
  const size = { width: stream.width, height: stream.height };
  await takePoster(scope, source, { size, format: "jpeg", output: path, durationSeconds: result.durationSeconds });
  const media = { ...size, durationSeconds: null, fps: null, videoCodec: null, audioCodec: null };
  return [{ path, name: "poster.jpg", role: "poster", contentType: "image/jpeg", media }];
}
