import type { Container } from "@reelway/shared/contracts/transcode-spec";
import { limits } from "@reelway/shared/limits";
import { containers } from "./container.ts";
import type { VideoEncoder } from "./encoders.ts";
import { imageInput, mediaInput, subtitleInput } from "./guard.ts";
import { type PicturePlan, pictureGraph, subtitlesFile } from "./picture.ts";
import { type SoundPlan, soundFilters, soundOptions } from "./sound.ts";

export interface CopiedTrack {
  readonly index: number;
  /** v, a or s: ffmpeg's letter of the track's kind. */
  readonly kind: "v" | "a" | "s";
  /** ffprobe's codec name in the source. */
  readonly codec: string;
  readonly language: string | null;
  /** ffmpeg's codec to convert text subtitles to, where the container does not take them as they are. */
  readonly convertTo: string | null;
}

/** The part of the source that is worked on. */
export interface Window {
  readonly startSeconds: number;
  /** Null: to the end. */
  readonly lengthSeconds: number | null;
}

/** Everything that the arguments follow from. */
export interface TranscodePlan {
  readonly container: Container;
  readonly window: Window;
  readonly picture: PicturePlan | null;
  readonly sound: SoundPlan | null;
  readonly copied: readonly CopiedTrack[];
  readonly softSubtitles: { readonly language: string } | null;
}

export interface TranscodeFiles {
  readonly source: string;
  /** The source's format, as probed. */
  readonly format: string;
  /** The result. */
  readonly output: string;
  /** The child's working directory, where our own subtitles lie. */
  readonly work: string;
  readonly threads: number;
  /** The most that the result may hold, bytes. */
  readonly outputBytes: number;
}

/** The arguments of one pass; `pass` is null where there is only one, and pass 1 yields statistics alone. */
export function transcodeArguments(
  plan: TranscodePlan,
  files: TranscodeFiles,
  encoder: VideoEncoder | null,
  pass: 1 | 2 | null = null,
): string[] {
  const measuring = pass === 1;
  const sound = measuring ? null : plan.sound;
  const inputs = [sourceInput(plan, files)];
  const watermark = plan.picture?.watermark ?? null;
  const watermarkInput = watermark === null ? null : inputs.push(imageInput(watermark.path, watermark.format)) - 1;
  const soft = measuring ? null : plan.softSubtitles;
  const subtitleIndex =
    soft === null
      ? null
      : inputs.push(subtitleInput(`${files.work}/${subtitlesFile}`, "webvtt", seek(plan.window))) - 1;
  const graphs = [
    ...(plan.picture && encoder ? [pictureGraph(plan.picture, encoder, plan.window.startSeconds, watermarkInput)] : []),
    ...(sound ? [`[0:${sound.stream.index}]${soundFilters(sound).join(",")}[a]`] : []),
  ];
  return [
    ...["-v", "error", "-y"],
    ...(encoder?.device ?? []),
    ...inputs.flat(),
    ...(graphs.length > 0
      ? ["-filter_complex_threads", String(files.threads), "-filter_complex", graphs.join(";")]
      : []),
    ...(plan.picture && encoder
      ? ["-map", "[v]", ...pictureOptions(plan.picture, encoder, plan.container, files.threads, pass)]
      : []),
    ...(sound ? ["-map", "[a]", ...soundOptions(sound)] : []),
    ...(measuring ? [] : copyOptions(plan)),
    ...(soft === null
      ? []
      : [
          "-map",
          `${subtitleIndex}:0`,
          "-c:s",
          containers[plan.container].subtitles ?? "",
          "-metadata:s:s:0",
          `language=${soft.language}`,
        ]),
    ...["-map_metadata", "-1", "-map_chapters", "-1"],
    ...["-t", String(plan.window.lengthSeconds ?? limits.inputDurationSeconds)],
    ...["-threads", String(files.threads), "-max_muxing_queue_size", "4096"],
    ...(measuring
      ? ["-f", "null", "-"]
      : ["-fs", String(files.outputBytes), ...containers[plan.container].muxer, `file:${files.output}`]),
  ];
}

export function seek({ startSeconds }: Window): string[] {
  return startSeconds === 0 ? [] : ["-ss", String(startSeconds)];
}

function sourceInput(plan: TranscodePlan, files: TranscodeFiles): string[] {
  return mediaInput({ path: files.source, format: files.format, threads: files.threads, before: seek(plan.window) });
}

/** A clock fine enough for frames of any length; at the frame rate's own clock, frames of uneven length collapse. */
const VARIABLE_CLOCK = ["-enc_time_base", "1:90000"];

function pictureOptions(
  plan: PicturePlan,
  encoder: VideoEncoder,
  container: Container,
  threads: number,
  pass: 1 | 2 | null,
): string[] {
  const variable = plan.stream.variableFrameRate && plan.fps === null && encoder.codec !== "gif";
  const isMov = container === "mp4" || container === "mov";
  const frameRate = plan.fps ?? plan.stream.fps ?? 30;
  const keyed = encoder.codec !== "prores" && encoder.codec !== "gif";
  return [
    ...encoder.options({
      quality: plan.quality,
      bitrateKbps: plan.bitrateKbps,
      speed: plan.speed,
      keyframeFrames: Math.max(1, Math.round(plan.keyframeSeconds * frameRate)),
      threads,
      pass,
    }),
    ...["-fps_mode", "vfr"],
    ...(variable ? VARIABLE_CLOCK : []),
    ...(variable && keyed ? ["-force_key_frames", `expr:gte(t,n_forced*${plan.keyframeSeconds})`] : []),
    ...(variable && isMov ? ["-video_track_timescale", "90000"] : []),
    ...(isMov && encoder.codec === "h265" ? ["-tag:v", "hvc1"] : []),
  ];
}

/** Languages are kept on copied tracks: the rest of a source's metadata is not ours to spread. */
function copyOptions({ container, copied }: TranscodePlan): string[] {
  const counts = { v: 0, a: 0, s: 0 };
  const isMov = container === "mp4" || container === "mov";
  return copied.flatMap(({ index, kind, codec, language, convertTo }) => {
    const track = `${kind}:${counts[kind]++}`;
    return [
      ...["-map", `0:${index}`, `-c:${track}`, convertTo ?? "copy"],
      ...(language === null ? [] : [`-metadata:s:${track}`, `language=${language}`]),
      ...(isMov && codec === "hevc" ? [`-tag:${track}`, "hvc1"] : []),
    ];
  });
}
