import type { HardwareUse } from "@reelway/shared/contracts/job";
import type { MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import type { AudioSpec, TranscodeSpec, VideoCodec, VideoSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import { planColor } from "../../ffmpeg/arguments/color.ts";
import type { ProvenDevice } from "../../ffmpeg/arguments/devices/device.ts";
import { defaultQuality } from "../../ffmpeg/arguments/encoders.ts";
import { fitPicture } from "../../ffmpeg/arguments/geometry.ts";
import type { PicturePlan, Watermark } from "../../ffmpeg/arguments/picture.ts";
import { planSound } from "../../ffmpeg/arguments/sound.ts";
import type { TranscodePlan, Window } from "../../ffmpeg/arguments/transcode.ts";
import { chooseEncoders } from "../../ffmpeg/choose-encoder.ts";
import type { EncoderChoice } from "../../ffmpeg/encoder-choice.ts";
import type { FfmpegTools } from "../../ffmpeg/tools.ts";
import { UnfitTask } from "../../hardware/unfit-task.ts";
import { planCopies } from "./copies.ts";
import { deviceNeed, type FittingChoices, fittingChoices } from "./fitting-choices.ts";
import { mainPicture, mainSound } from "./streams.ts";

/** A plan, with the encoders to try for its picture, best first; none where nothing is encoded. */
export interface PlannedTranscode extends FittingChoices {
  readonly plan: TranscodePlan;
}

/** Decides everything that follows from the spec and the probed source. Pure; throws where the two don't fit. */
export function planTranscode(
  spec: TranscodeSpec,
  source: MediaInfo,
  tools: FfmpegTools,
  devices: readonly ProvenDevice[],
  hardware: z.infer<typeof HardwareUse>,
  watermark: Watermark | null,
): PlannedTranscode {
  const { video, audio } = spec;
  const window = planWindow(spec, source);
  const isRemux = video?.codec === "copy" && audio?.codec === "copy";
  const stream = video && !isRemux ? mainPicture(source) : null;
  const sound = audio && !isRemux ? mainSound(source) : null;
  if (!video && !sound && !isRemux) throw new ReelwayError("input_missing_stream", "the file holds no sound");

  const encoders =
    video && video.codec !== "copy"
      ? chooseEncoders({ codec: video.codec, hardware, twoPass: video.twoPass === true }, tools.provenEncoders, devices)
      : [];
  const picture =
    stream && isEncoded(video) ? planPicture(spec, video, stream, tools, largestMinimum(encoders), watermark) : null;
  return {
    ...(picture && isEncoded(video) ? choicesFor(video.codec, encoders, picture) : { choices: encoders, skipped: [] }),
    plan: {
      container: spec.container,
      window,
      picture,
      sound: sound && isEncodedSound(audio) ? planSound(sound, audio) : null,
      copied: planCopies(spec, source, isRemux, stream, sound),
      softSubtitles: spec.subtitles?.mode === "soft" ? { language: spec.subtitles.language } : null,
    },
  };
}

function isEncoded(video: VideoSpec | undefined): video is VideoSpec & { codec: VideoCodec } {
  return video !== undefined && video.codec !== "copy";
}

function isEncodedSound(
  audio: AudioSpec | undefined,
): audio is AudioSpec & { codec: Exclude<AudioSpec["codec"], "copy"> } {
  return audio !== undefined && audio.codec !== "copy";
}

/** Throws UnfitTask where devices alone may be used and none here was seen to encode such a picture; spec_unsupported where none ever is. */
function choicesFor(codec: VideoCodec, encoders: readonly EncoderChoice[], picture: PicturePlan): FittingChoices {
  const fitting = fittingChoices(encoders, picture);
  if (fitting.choices.length > 0) return fitting;
  const reasons = fitting.skipped.map(({ device, encoder, reason }) => `${encoder} on ${device} ${reason}`);
  const detail = `no device of this runner encodes it: ${reasons.join("; ")}`;
  const need = deviceNeed(codec, picture);
  throw need === null ? new ReelwayError("spec_unsupported", detail) : new UnfitTask(need, detail);
}

/** One size for every encoder that may be tried; a device that takes no small pictures leaves them to software. */
function largestMinimum(encoders: readonly EncoderChoice[]): number {
  const software = encoders.filter(({ device }) => device === null);
  return Math.max(2, ...(software.length > 0 ? software : encoders).map(({ encoder }) => encoder.minimumSide));
}

function planPicture(
  spec: TranscodeSpec,
  video: VideoSpec & { codec: VideoCodec },
  stream: VideoStream,
  tools: FfmpegTools,
  minimumSide: number,
  watermark: Watermark | null,
): PicturePlan {
  const turn = video.rotate ?? 0;
  const size =
    turn === 90 || turn === 270
      ? { width: stream.height, height: stream.width }
      : { width: stream.width, height: stream.height };
  return {
    stream,
    fps: video.fps ?? (video.codec === "gif" ? gifRate(stream) : null),
    endSeconds: null,
    turn,
    geometry: fitPicture(size, video, minimumSide),
    color: planColor(stream, video, video.codec, tools),
    quality: video.quality ?? defaultQuality,
    bitrateKbps: video.bitrateKbps ?? null,
    speed: video.speed ?? "balanced",
    twoPass: video.twoPass === true,
    keyframeSeconds: video.keyframeSeconds ?? 2,
    watermark,
    burnSubtitles: spec.subtitles?.mode === "burn",
  };
}

/** GIF clocks count hundredths, and each frame costs much: no more than this unless asked for. */
const GIF_FPS = 15;

/** Of pictures that come as they like the average says nothing: some stand for seconds, and others move. */
function gifRate({ fps, variableFrameRate }: VideoStream): number {
  return variableFrameRate ? GIF_FPS : Math.min(GIF_FPS, fps ?? GIF_FPS);
}

function planWindow(spec: TranscodeSpec, source: MediaInfo): Window {
  const startSeconds = spec.trim?.startSeconds ?? 0;
  const { endSeconds, durationSeconds } = spec.trim ?? {};
  const total = source.durationSeconds;
  if (total !== null && startSeconds >= total)
    throw new ReelwayError("output_empty", `the trim starts at ${startSeconds} s, the source ends at ${total} s`);
  return {
    startSeconds,
    lengthSeconds: endSeconds === undefined ? (durationSeconds ?? null) : endSeconds - startSeconds,
  };
}
