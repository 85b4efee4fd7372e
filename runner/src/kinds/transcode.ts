import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { EncodeAttempt } from "@reelway/shared/contracts/manifest";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { demandOfPicture } from "@reelway/shared/jobs/demand";
import { containers } from "../ffmpeg/arguments/container.ts";
import { passLog } from "../ffmpeg/arguments/encoders.ts";
import { gifArguments, paletteFile } from "../ffmpeg/arguments/gif.ts";
import { forcedFormat } from "../ffmpeg/arguments/guard.ts";
import { type TranscodeFiles, type TranscodePlan, transcodeArguments } from "../ffmpeg/arguments/transcode.ts";
import type { EncoderChoice } from "../ffmpeg/encoder-choice.ts";
import { probeSource } from "../ffmpeg/probe.ts";
import { createEstimator, type FfmpegProgress } from "../ffmpeg/progress.ts";
import { type FfmpegEnd, type RunScope, runFfmpeg } from "../ffmpeg/run.ts";
import { inSpan } from "../telemetry/spans.ts";
import type { Kind, KindContext, ProducedFile } from "./kind.ts";
import { summarise, writeMetadata } from "./metadata-file.ts";
import { checkSample } from "./samples/check-sample.ts";
import { scopeOf, sourceOf } from "./scope.ts";
import { takePoster } from "./still.ts";
import { deviceNotes } from "./transcode/device-notes.ts";
import { expectedBytes } from "./transcode/expected-size.ts";
import { correctLoudness } from "./transcode/loudness.ts";
import { withPictureEnd } from "./transcode/picture-end.ts";
import { planTranscode } from "./transcode/plan.ts";
import { sampledOf } from "./transcode/sample.ts";
import { prepareSubtitles } from "./transcode/subtitle-text.ts";
import { expectedSeconds, judgeResult } from "./transcode/verdict.ts";
import { readWatermark } from "./transcode/watermark-image.ts";
import { tryEncoders } from "./try-encoders.ts";
import { usableDevices } from "./usable-devices.ts";

/** One file out of one file, with its poster and metadata. */
export const transcode: Kind = async (context) => {
  const { spec, hardware } = context.task;
  if (spec.kind !== "transcode") throw new TypeError(`not a transcode spec: ${spec.kind}`);
  const scope = scopeOf(context);
  const source = await probeSource(scope, sourceOf(context));
  const watermark = await readWatermark(spec, context.inputs.watermark?.[0]);
  const { video } = spec;
  const usable = video && video.codec !== "copy" ? usableDevices(context, video.codec) : [];
  const notes = deviceNotes(context, spec);
  const planned = planTranscode(spec, source, context.tools, usable, hardware, watermark);
  const { choices, skipped } = planned;
  const plan = await withPictureEnd(scope, planned.plan, source, sourceOf(context));
  if (plan.picture && video && video.codec !== "copy")
    context.takeMemory(demandOfPicture(video.codec, plan.picture.geometry.final).memoryBytes);
  await prepareSubtitles(context, scope, spec, source);

  const seconds = expectedSeconds(plan, source);
  const files = await filesOf(context, spec, source, expectedBytes(plan, seconds));
  const onProgress = reporter(context, seconds, passesOf(plan, spec));
  const sound = plan.sound
    ? await correctLoudness(inWindow(scope, plan), spec, plan.sound, plan.window, files, (progress) =>
        onProgress("loudness", progress),
      )
    : null;
  const corrected = { ...plan, sound };
  const made = await encode({ context, scope, plan: corrected, files, source, onProgress }, choices);
  const { result } = made;
  const ran = plan.picture ? [...notes, ...skipped, ...made.ran] : undefined;

  const produced: ProducedFile[] = [mainFile(files, spec, result)];
  if (spec.poster ?? spec.video !== undefined) produced.push(...(await makePoster(context, scope, files, result)));
  if (spec.metadata ?? true)
    produced.push(await writeMetadata(context.outputDirectory, { source, result, ...(ran && { ran }) }));
  context.report({ percent: 100, fps: null, speed: null, etaSeconds: 0, message: "done" });
  return { files: produced, source, encoder: made.encoder ?? sound?.encoder ?? null, ...(ran && { ran }) };
};

/** For runs that read what a trim leaves of the source. */
function inWindow(scope: RunScope, { window: { startSeconds, lengthSeconds } }: TranscodePlan): RunScope {
  if (startSeconds === 0 && lengthSeconds === null) return scope;
  const toSeconds = lengthSeconds === null ? null : startSeconds + lengthSeconds;
  return { ...scope, inputRange: { fromSeconds: startSeconds, toSeconds } };
}

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

interface Work {
  readonly context: KindContext;
  readonly scope: RunScope;
  readonly plan: TranscodePlan;
  readonly files: TranscodeFiles;
  readonly source: MediaInfo;
  readonly onProgress: (pass: PassName, progress: FfmpegProgress) => void;
}

interface Made {
  readonly result: MediaInfo;
  readonly encoder: string | null;
  readonly ran: readonly EncodeAttempt[];
}

/** Encodes and judges: what a device made badly is as good as not made. */
async function encode(work: Work, choices: readonly EncoderChoice[]): Promise<Made> {
  const { context, scope, plan, files, source } = work;
  const judge = (end: FfmpegEnd) => inSpan("check", {}, () => judgeResult(scope, plan, files, source, end));
  if (!plan.picture) return { result: await judge(await encodeWith(work, null)), encoder: null, ran: [] };
  const { result, choice, ran } = await tryEncoders(context, {
    ...{ choices, sessions: 1 },
    attempt: async (candidate) => {
      const made = await judge(await encodeWith(work, candidate));
      await checkSample(context, sampledOf(plan, files, made));
      return made;
    },
    tidyUp: () => rm(files.output, { force: true }),
  });
  return { result, encoder: choice.encoder.name, ran };
}

async function encodeWith(
  { context, scope, plan, files, onProgress }: Work,
  choice: EncoderChoice | null,
): Promise<FfmpegEnd> {
  const { vocabulary } = context.tools;
  const first = (progress: FfmpegProgress) => onProgress("first", progress);
  const main = (progress: FfmpegProgress) => onProgress("main", progress);
  const making = (file: string): RunScope => ({ ...inWindow(scope, plan), makes: [file] });
  const result = basename(files.output);
  if (choice && plan.container === "gif") {
    await runFfmpeg(making(paletteFile), gifArguments(plan, files, 1), first);
    return runFfmpeg(making(result), gifArguments(plan, files, 2), main);
  }
  const run = (pass: 1 | 2 | null) => transcodeArguments(plan, files, choice && { choice, vocabulary, pass });
  if (plan.picture?.twoPass) {
    await runFfmpeg(making(passLog), run(1), first);
    return runFfmpeg(making(result), run(2), main);
  }
  return runFfmpeg(making(result), run(null), main);
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
