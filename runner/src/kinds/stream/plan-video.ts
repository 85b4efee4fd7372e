import { type LadderPictures, ladderNeed } from "@reelway/shared/contracts/hardware-need";
import type { HardwareUse } from "@reelway/shared/contracts/job";
import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { fitLadder } from "@reelway/shared/streams/ladder";
import type { z } from "zod";
import { planColor } from "../../ffmpeg/arguments/color.ts";
import type { ProvenDevice } from "../../ffmpeg/arguments/devices/device.ts";
import { defaultQuality } from "../../ffmpeg/arguments/encoders.ts";
import { type StreamEncoderFacts, streamEncoders, streamFacts } from "../../ffmpeg/arguments/stream-encoders.ts";
import { chooseEncoders } from "../../ffmpeg/choose-encoder.ts";
import type { EncoderChoice } from "../../ffmpeg/encoder-choice.ts";
import type { FfmpegTools } from "../../ffmpeg/tools.ts";
import { isUpTo } from "../../hardware/device-capabilities.ts";
import { makerOf } from "../../hardware/maker.ts";
import { UnfitTask } from "../../hardware/unfit-task.ts";

/** The picture's own clock: what its chunks count in, or what a whole is given. */
export type Clock = Pick<PlannedVideo, "track" | "timescale" | "frameRate">;

/**
 * Everything about the picture that follows from the spec and the probed source: sizes, ceilings, levels, colours, encoder.
 * Init segments are not known yet. Throws spec_unsupported, or UnfitTask where another host's device may do it.
 */
export function planVideo(
  { video }: StreamSpec,
  source: VideoStream,
  clock: Clock,
  hardware: z.infer<typeof HardwareUse>,
  tools: FfmpegTools,
  devices: readonly ProvenDevice[],
): PlannedVideo {
  const color = planColor(source, video, video.codec, tools);
  const ladder = fitLadder(source, video);
  const choices = choicesFor(video.codec, hardware, { color, renditions: ladder }, tools, devices);
  const { encoder, minimumSide, build } = choosePlanned(video.codec, choices, tools);
  const { track, timescale, frameRate } = clock;
  const fps = frameRate === null ? (source.fps ?? usualFps) : frameRate[0] / frameRate[1];
  const rungs = ladder.map((rung) => ({ ...rung, ...notBelow(rung, minimumSide) }));
  return {
    ...{ track, timescale, frameRate, fps: Number(fps.toFixed(3)) },
    encoder: encoder.name,
    build,
    speed: video.speed ?? "balanced",
    ...(video.targetQuality && { target: video.targetQuality }),
    color: {
      pixelFormat: color.pixelFormat,
      primaries: color.tags?.primaries ?? null,
      transfer: color.tags?.transfer ?? null,
      matrix: color.tags?.matrix ?? null,
      toneMap: [...color.toneMap],
      fromRgb: color.fromRgb,
      hdr10: null,
    },
    renditions: rungs.map(({ name, width, height, maxKbps }, place) => ({
      id: `video-${place + 1}`,
      name,
      width,
      height,
      rateFactor: encoder.rateFactor(video.quality ?? defaultQuality),
      maxKbps,
      profile: encoder.profile(color.pixelFormat),
      level: encoder.level({ width, height, maxKbps, fps: frameRate === null ? Math.max(screenFps, fps) : fps }),
      codecs: null,
      initBytes: null,
      initSha256: null,
    })),
  };
}

interface PlannedEncoder {
  readonly encoder: StreamEncoderFacts;
  readonly minimumSide: number;
  /** What alone makes its init segments: a build of ffmpeg, or one on a kind of device; null where any does. */
  readonly build: string | null;
}

/**
 * Parts of a stream are made on many hosts, and no device has been seen yet to make parts that fit: one is taken only where
 * the job requires it. Then all parts go to hosts with that kind of device. Throws UnfitTask where none here is up to the ladder.
 */
function choicesFor(
  codec: StreamSpec["video"]["codec"],
  hardware: z.infer<typeof HardwareUse>,
  ladder: LadderPictures,
  tools: FfmpegTools,
  devices: readonly ProvenDevice[],
): readonly EncoderChoice[] {
  const wish = { codec, hardware: hardware === "require" ? "require" : "never", twoPass: false } as const;
  const choices = chooseEncoders(wish, tools.provenEncoders, devices);
  const need = ladderNeed(codec, ladder, null);
  const fitting = choices.filter(({ device }) => device === null || (need !== null && isUpTo(tools, device, [need])));
  if (fitting.length > 0) return fitting;
  if (need === null) throw new ReelwayError("spec_unsupported", "no device is given pictures beyond 4096x2304");
  throw new UnfitTask(need, `no device of this runner is up to the ladder: it needs ${need}`);
}

/** The first that makes parts. */
function choosePlanned(
  codec: StreamSpec["video"]["codec"],
  choices: readonly EncoderChoice[],
  tools: FfmpegTools,
): PlannedEncoder {
  for (const choice of choices) {
    const { name, minimumSide } = choice.encoder;
    if (choice.device !== null)
      return { encoder: streamFacts(name), minimumSide, build: makerOf(tools, choice.device, choice.proven) };
    const encoder = streamEncoders.get(name);
    if (encoder !== undefined) return { encoder, minimumSide, build: encoder.buildMatters ? tools.build : null };
  }
  throw new ReelwayError("spec_unsupported", `this runner has no encoder that makes ${codec} in parts`);
}

/** Where the source does not say. */
const usualFps = 30;
/** Levels count with the most pictures that a second may hold: where they come as they like, with a screen's. */
const screenFps = 60;

/** A picture smaller than the encoder takes grows as a whole. */
function notBelow({ width, height }: { width: number; height: number }, minimumSide: number) {
  const factor = Math.max(1, minimumSide / Math.min(width, height));
  const even = (pixels: number) => 2 * Math.round((pixels * factor) / 2);
  return { width: even(width), height: even(height) };
}

/** Least ticks in a second. */
const finest = 10_000;
/** For pictures that come as they like. */
const anyClock = 90_000;

/** The clock of a picture that is not taken apart: exact for the usual rates. */
export function wholeClock({ fps, variableFrameRate }: Pick<VideoStream, "fps" | "variableFrameRate">): Clock {
  for (const per of [1, 1_001]) {
    const rate = Math.round((fps ?? 0) * per);
    const isUsual = rate > 0 && (per === 1 || rate % 1_000 === 0);
    if (isUsual && !variableFrameRate && Math.abs(rate / per / (fps ?? 1) - 1) < 1e-5)
      return { track: null, timescale: rate * Math.ceil(finest / rate), frameRate: [rate, per] };
  }
  return { track: null, timescale: anyClock, frameRate: null };
}
