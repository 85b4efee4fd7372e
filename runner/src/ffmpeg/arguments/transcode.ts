import { pixelDepth } from "@reelway/shared/contracts/pixel-depth";
import type { Container } from "@reelway/shared/contracts/transcode-spec";
import { limits } from "@reelway/shared/limits";
import type { EncoderChoice } from "../encoder-choice.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { containers } from "./container.ts";
import { devicePicture } from "./device-picture.ts";
import type { Intent } from "./devices/family.ts";
import { knownOptions } from "./devices/known.ts";
import { type EncodeWish, factorOn } from "./encoders.ts";
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

/** By what the picture is encoded, and which pass it is: null where there is only one, and pass 1 yields statistics alone. */
export interface PictureWork {
  readonly choice: EncoderChoice;
  readonly vocabulary: Vocabulary;
  readonly pass: 1 | 2 | null;
}

/** The arguments of one run; `work` is null where no picture is encoded. */
export function transcodeArguments(plan: TranscodePlan, files: TranscodeFiles, work: PictureWork | null): string[] {
  const measuring = work?.pass === 1;
  const sound = measuring ? null : plan.sound;
  const watermark = plan.picture?.watermark ?? null;
  const watermarkInput = watermark === null ? null : 1;
  const picture = plan.picture && work ? pictureOf(plan, plan.picture, work, watermarkInput) : null;
  const inputs = [sourceInput(plan, files, picture?.decode ?? [])];
  if (watermark !== null) inputs.push(imageInput(watermark.path, watermark.format));
  const soft = measuring ? null : plan.softSubtitles;
  const subtitleIndex =
    soft === null
      ? null
      : inputs.push(subtitleInput(`${files.work}/${subtitlesFile}`, "webvtt", seek(plan.window))) - 1;
  const graphs = [
    ...(picture ? [picture.graph] : []),
    ...(sound ? [`[0:${sound.stream.index}]${soundFilters(sound).join(",")}[a]`] : []),
  ];
  return [
    ...["-v", "error", "-y"],
    ...(work?.choice.device ? work.choice.family.open(work.choice.device) : []),
    ...inputs.flat(),
    ...(graphs.length > 0
      ? ["-filter_complex_threads", String(files.threads), "-filter_complex", graphs.join(";")]
      : []),
    ...(plan.picture && work
      ? ["-map", "[v]", ...pictureOptions(plan.picture, work, plan.container, files.threads)]
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

export function seek({ startSeconds }: Pick<Window, "startSeconds">): string[] {
  return startSeconds === 0 ? [] : ["-ss", String(startSeconds)];
}

function sourceInput({ window }: TranscodePlan, files: TranscodeFiles, decode: readonly string[]): string[] {
  // A device decodes one picture after the other: threads would only take more of its memory.
  const threads = decode.length > 0 ? 1 : files.threads;
  return mediaInput({ path: files.source, format: files.format, threads, before: [...decode, ...seek(window)] });
}

function pictureOf(
  { window: { startSeconds } }: TranscodePlan,
  picture: PicturePlan,
  { choice, vocabulary }: PictureWork,
  watermarkInput: number | null,
): { readonly decode: readonly string[]; readonly graph: string } {
  if (choice.device === null) return { decode: [], graph: pictureGraph(picture, startSeconds, watermarkInput) };
  return devicePicture(picture, choice, startSeconds, watermarkInput, vocabulary);
}

/** A clock fine enough for frames of any length; at the frame rate's own clock, frames of uneven length collapse. */
const VARIABLE_CLOCK = ["-enc_time_base", "1:90000"];

function pictureOptions(plan: PicturePlan, work: PictureWork, container: Container, threads: number): string[] {
  const { codec } = work.choice.encoder;
  const variable = plan.stream.variableFrameRate && plan.fps === null && codec !== "gif";
  const isMov = container === "mp4" || container === "mov";
  const frameRate = plan.fps ?? plan.stream.fps ?? 30;
  const keyed = codec !== "prores" && codec !== "gif";
  const keyframeFrames = Math.max(1, Math.round(plan.keyframeSeconds * frameRate));
  const { quality, bitrateKbps, speed } = plan;
  return [
    ...encodingOptions({ quality, bitrateKbps, speed, keyframeFrames, threads, pass: work.pass }, plan, work),
    ...["-fps_mode", "vfr"],
    ...(variable ? [...VARIABLE_CLOCK, ...lastPictureOptions(plan)] : []),
    ...(variable && keyed ? ["-force_key_frames", `expr:gte(t,n_forced*${plan.keyframeSeconds})`] : []),
    ...(variable && isMov ? ["-video_track_timescale", "90000"] : []),
    ...(isMov && codec === "h265" ? ["-tag:v", "hvc1"] : []),
  ];
}

/** How long a packet lasts is told by the next one's time, but for the last. */
function lastPictureOptions({ endSeconds }: PicturePlan): string[] {
  if (endSeconds === null) return [];
  const rest = `max(1\\,${endSeconds.toFixed(6)}/TB-PTS)`;
  return ["-bsf:v", `setts=pts=PTS:dts=DTS:duration=min(DURATION\\,${rest})`];
}

/** A device's encoder is asked as its proof showed, in words that this ffmpeg knows. */
function encodingOptions(wish: EncodeWish, { color }: PicturePlan, { choice, vocabulary }: PictureWork): string[] {
  if (choice.device === null) return choice.encoder.options(wish);
  const { encoder, proven } = choice;
  const depth = pixelDepth(color.pixelFormat);
  const intent: Intent = {
    rate:
      wish.bitrateKbps === null
        ? { kind: "quality", factor: factorOn(encoder.scale, wish.quality) }
        : { kind: "bitrate", kbps: wish.bitrateKbps },
    ...{ speed: wish.speed, depth, keyFrames: { apart: wish.keyframeFrames } },
    ...{ profile: encoder.profile(depth), level: null },
  };
  return ["-c:v", encoder.name, ...knownOptions(encoder.name, encoder.options(intent, proven.variant), vocabulary)];
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
