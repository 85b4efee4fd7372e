import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { forcedFormat, mediaInput } from "../../ffmpeg/arguments/guard.ts";
import type { TranscodeFiles, TranscodePlan } from "../../ffmpeg/arguments/transcode.ts";
import { reasonIn } from "../../ffmpeg/failure.ts";
import { probeFile } from "../../ffmpeg/probe.ts";
import { type FfmpegEnd, type RunScope, runFfmpeg } from "../../ffmpeg/run.ts";
import { type Evidence, evidenceOf } from "../../take-home/evidence.ts";
import { hasBytes } from "../still.ts";

/** Containers whose header knows the duration. In others it is an estimate that proves nothing. */
export const truthfulFormats = new Set(["mov", "matroska", "wav", "flac", "avi"]);

/** Names that ffprobe gives to what we encode. */
const probedNames: Readonly<Record<string, string>> = { h265: "hevc", pcm: "pcm_s16le" };

/**
 * Judges a result by looking at it: it exists, has the streams and sizes that were asked for, lasts as long as it
 * should and decodes at its end. ffmpeg's exit code is no proof of any of that. Throws input_truncated or
 * input_unreadable where the source is to blame, output_empty, scratch_full or output_invalid elsewhere.
 */
export async function judgeResult(
  scope: RunScope,
  plan: TranscodePlan,
  files: TranscodeFiles,
  source: MediaInfo,
  end: FfmpegEnd,
): Promise<MediaInfo> {
  const evidence = evidenceOf(end);
  if (!(await hasBytes(files.output)) || (plan.picture && end.frames === 0)) throw nothingDecoded(plan, end, evidence);
  const result = await probeResult(scope, files.output);
  if (result.bytes >= files.outputBytes * 0.98)
    throw new ReelwayError(
      "scratch_full",
      `the result outgrew this runner's share of ${files.outputBytes} bytes`,
      evidence,
    );
  checkStreams(plan, result, evidence);
  checkDuration(plan, source, result, end);
  await checkDecodes(scope, plan, result, files);
  return result;
}

function nothingDecoded(plan: TranscodePlan, end: FfmpegEnd, evidence: Evidence): ReelwayError {
  const reason = lastLine(end.logTail);
  if (reason === null && (plan.window.startSeconds > 0 || plan.window.lengthSeconds !== null))
    return new ReelwayError("output_empty", "the trimmed range holds no media", evidence);
  return new ReelwayError("input_unreadable", reason ?? "nothing in the source could be decoded", evidence);
}

async function probeResult(scope: RunScope, path: string): Promise<MediaInfo> {
  try {
    return await probeFile(scope, path);
  } catch (error) {
    if (scope.signal.aborted || !(error instanceof ReelwayError)) throw error;
    const evidence = evidenceOf(error);
    throw new ReelwayError("output_invalid", `the result can't be read: ${error.detail}`, {
      ...evidence,
      cause: error,
    });
  }
}

function checkStreams(plan: TranscodePlan, result: MediaInfo, evidence: Evidence): void {
  const invalid = (detail: string) => new ReelwayError("output_invalid", detail, evidence);
  const video = result.video[0];
  if (plan.picture) {
    const { width, height } = plan.picture.geometry.final;
    if (!video) throw invalid("the result has no picture");
    if (video.width !== width || video.height !== height)
      throw invalid(`the picture is ${video.width}x${video.height}, not ${width}x${height}`);
  }
  if (plan.sound) {
    const codec = probedNames[plan.sound.codec] ?? plan.sound.codec;
    if (result.audio[0]?.codec !== codec)
      throw invalid(`the sound is ${result.audio[0]?.codec ?? "missing"}, not ${codec}`);
  }
  const copied = (kind: "v" | "a") => plan.copied.filter((track) => track.kind === kind).length;
  const pictures = plan.picture ? 1 : copied("v");
  const sounds = plan.sound ? 1 : copied("a");
  if (result.video.length !== pictures || result.audio.length !== sounds)
    throw invalid(`the result has ${result.video.length} pictures and ${result.audio.length} sounds`);
}

/** The longest of the tracks that went in, as their headers claim, less what the trim takes away. */
export function expectedSeconds(plan: TranscodePlan, source: MediaInfo): number | null {
  const used = new Set([
    ...(plan.picture ? [plan.picture.stream.index] : []),
    ...(plan.sound ? [plan.sound.stream.index] : []),
    ...plan.copied.filter((track) => track.kind !== "s").map((track) => track.index),
  ]);
  const claims = [...source.video, ...source.audio]
    .filter((stream) => used.has(stream.index))
    .map((stream) => stream.durationSeconds ?? source.durationSeconds);
  const known = claims.filter((claim) => claim !== null);
  if (known.length === 0) return plan.window.lengthSeconds;
  return remaining(plan, Math.max(...known));
}

/** What a trim leaves of so many seconds. */
function remaining({ window: { startSeconds, lengthSeconds } }: TranscodePlan, seconds: number): number {
  const rest = Math.max(0, seconds - startSeconds);
  return Math.min(rest, lengthSeconds ?? rest);
}

function checkDuration(plan: TranscodePlan, source: MediaInfo, result: MediaInfo, end: FfmpegEnd): void {
  const expected = expectedSeconds(plan, source);
  const actual = result.durationSeconds;
  if (expected === null || actual === null || !truthfulFormats.has(forcedFormat(source.container))) return;
  const evidence = evidenceOf(end);
  const claim = `${actual.toFixed(2)} s of ${expected.toFixed(2)} s`;
  const lost = actual < expected - Math.max(0.75, expected * 0.05);
  // A long last frame ends when the next would come: only ffmpeg's complaint tells such a result from a cut source.
  const lastFrameMayBeLong = plan.picture?.stream.variableFrameRate === true && end.logTail === "";
  if (lost && !lastFrameMayBeLong)
    throw new ReelwayError("input_truncated", `only ${claim} could be read${because(end)}`, evidence);
  const slack = plan.copied.length > 0 ? LONGEST_GOP_SECONDS : 0;
  // A header may claim less of a track than its pictures take, where they are stored out of their order.
  const pictures = plan.picture && (plan.picture.endSeconds ?? remaining(plan, source.durationSeconds ?? 0));
  const longest = Math.max(expected, pictures ?? 0);
  if (actual > longest + Math.max(2, longest * 0.1) + slack)
    throw new ReelwayError("output_invalid", `the result lasts ${claim}`, evidence);
}

/** A copied picture can only start at a key frame, so it may begin this much before the trim's start. */
const LONGEST_GOP_SECONDS = 30;

function because(end: FfmpegEnd): string {
  const reason = lastLine(end.logTail);
  return reason === null ? "" : `: ${reason}`;
}

function lastLine(log: string): string | null {
  const line = log.split("\n").findLast((candidate) => candidate.trim() !== "");
  return line === undefined ? null : reasonIn(line);
}

/** How much of the end is decoded. */
const TAIL_SECONDS = 2;

/** The last seconds of what we encoded must decode without a word; of what was copied, at all. */
async function checkDecodes(
  scope: RunScope,
  plan: TranscodePlan,
  result: MediaInfo,
  files: TranscodeFiles,
): Promise<void> {
  const start = Math.max(0, (result.durationSeconds ?? 0) - TAIL_SECONDS);
  const seekable = plan.container !== "gif" && start > 0;
  // From the key frame before it: a last picture that is shown for longer has its own time earlier.
  const before = seekable ? ["-noaccurate_seek", "-ss", start.toFixed(3)] : [];
  const format = forcedFormat(result.container);
  const end = await decode(scope, [
    ...["-v", "error"],
    ...mediaInput({ path: files.output, format, threads: files.threads, before }),
    ...["-map", "0:v?", "-map", "0:a?", "-fps_mode", "vfr", "-f", "null", "-"],
  ]);
  const silent = end.logTail === "" || plan.copied.length > 0;
  const moved = (end.frames ?? 0) > 0 || (end.outSeconds ?? 0) > 0;
  if (!silent || !moved)
    throw new ReelwayError("output_invalid", `the result's end does not decode${because(end)}`, evidenceOf(end));
}

async function decode(scope: RunScope, args: readonly string[]): Promise<FfmpegEnd> {
  try {
    return await runFfmpeg(scope, args);
  } catch (error) {
    if (scope.signal.aborted || !(error instanceof ReelwayError) || error.code === "encode_stalled") throw error;
    throw new ReelwayError("output_invalid", `the result does not decode: ${error.detail}`, {
      ...evidenceOf(error),
      cause: error,
    });
  }
}
