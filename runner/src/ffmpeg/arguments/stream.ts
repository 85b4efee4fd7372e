import type { PlannedColor, PlannedRendition, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { z } from "zod";
import { type VideoEncoder, videoEncoders } from "./encoders.ts";
import { mediaInput } from "./guard.ts";
import { type KeyFrames, type StreamEncoder, streamEncoders } from "./stream-encoders.ts";

/** The picture of a source, or a part of it, to be encoded in all renditions at once. */
export interface StreamInput {
  readonly path: string;
  /** ffmpeg's name of its format. */
  readonly format: string;
  /** The picture's index among the streams; in a cut it is the only one. */
  readonly stream: number;
  /** Seconds on its own clock at which the title begins; null for a cut, whose times the plan has. */
  readonly origin: number | null;
  readonly interlaced: boolean;
}

export interface StreamEncode {
  readonly video: Omit<PlannedVideo, "renditions"> & { readonly renditions: readonly Rendition[] };
  readonly input: StreamInput;
  readonly keyFrames: KeyFrames;
  readonly threads: number;
  /** Ends after so many pictures, where the input has more. */
  readonly stopAfter?: number;
  /** Makes exactly so many pictures: those that do not decode are made up for by the ones before them. */
  readonly fillTo?: number;
}

export type Rendition = Pick<PlannedRendition, "width" | "height" | "rateFactor" | "maxKbps" | "profile" | "level">;
type Color = z.infer<typeof PlannedColor>;

/** The encoder's file of the n-th rendition, below the working directory. */
export const encodedFile = (place: number) => `encoded-${place + 1}.mp4`;

/** One run: decodes once, encodes every rendition. Files lie in the working directory. */
export function streamArguments(encode: StreamEncode): string[] {
  const { video, threads } = encode;
  const encoder = streamEncoders.get(video.encoder);
  if (!encoder) throw new TypeError(`no parts are made with ${video.encoder}`);
  return [
    ...["-v", "error", "-y"],
    ...pictureInput(encode),
    ...["-filter_complex_threads", String(threads), "-filter_complex", streamGraph(encode)],
    ...video.renditions.flatMap((rendition, place) => outputOf(encode, encoder, rendition, place)),
  ];
}

/** Opens what is encoded, or what was: the input that `streamGraph` takes its pictures from. */
export function pictureInput({ video, input: { path, format }, threads }: StreamEncode): string[] {
  return [...deviceOf(video).device, ...mediaInput({ path, format, threads, before: ["-copyts"] })];
}

function deviceOf({ encoder }: Pick<PlannedVideo, "encoder">): VideoEncoder {
  const device = videoEncoders.find(({ name }) => name === encoder);
  if (!device) throw new TypeError(`no parts are made with ${encoder}`);
  return device;
}

function outputOf(encode: StreamEncode, encoder: StreamEncoder, rendition: Rendition, place: number): string[] {
  const { video, input, keyFrames, threads, stopAfter } = encode;
  return [
    ...["-map", `[v${place}]`],
    ...encoder.options({ ...video, rendition, hdr10: video.color.hdr10, keyFrames, threads }),
    // A cut's times are the plan's; whatever else comes may have two pictures at one time.
    ...["-fps_mode", input.origin === null ? "passthrough" : "vfr", "-enc_time_base", `1:${video.timescale}`],
    ...["-video_track_timescale", String(video.timescale)],
    ...(stopAfter === undefined ? [] : ["-frames:v", String(stopAfter)]),
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-threads", String(threads)],
    ...["-f", "mp4", `file:${encodedFile(place)}`],
  ];
}

/** From `[0:n]` to `[v0]`, `[v1]` …: numbers and our own names only. What an encoder is given, and nothing else. */
export function streamGraph(encode: StreamEncode): string {
  const { video, input } = encode;
  const device = deviceOf(video);
  const { color, renditions } = video;
  const [largest] = renditions;
  // Light is mapped once, at the largest size: it costs more than all the rest.
  const toned = largest && color.toneMap.length > 0 ? [...scaleTo(largest, color), ...color.toneMap] : [];
  const shared = [
    ...(input.interlaced ? ["bwdif=mode=send_frame:deint=interlaced"] : []),
    ...timeFilters(encode),
    ...unpinned.map((type) => `sidedata=mode=delete:type=${type}`),
    ...toned,
    `split=${renditions.length}`,
  ].join(",");
  const branches = renditions.map((rendition, place) => {
    const chain = [
      ...(toned.length > 0 && place === 0 ? [] : scaleTo(rendition, toned.length > 0 ? { fromRgb: false } : color)),
      "setsar=1",
      `format=${device.pixelFormat(color.pixelFormat)}`,
      pinnedColor(color),
      ...device.upload,
    ].join(",");
    return `[s${place}]${chain}[v${place}]`;
  });
  const labels = renditions.map((_, place) => `[s${place}]`).join("");
  return [`[0:${input.stream}]${shared}${labels}`, ...branches].join(";");
}

/**
 * What newer ffmpegs read from frames and write into the configuration, and older ones don't: AVFrameSideDataType's mastering
 * display, content light level, HDR10+, Dolby Vision's two, HDR Vivid and ambient light. Not all have a name in all builds.
 */
const unpinned = [11, 14, 17, 23, 24, 25, 26];

/**
 * Pictures onto the ticks of the plan. No frame number and no first time is part of it: a change of size in the middle
 * makes ffmpeg build the graph anew, and would reset them.
 */
function timeFilters({ video, input, fillTo }: StreamEncode): string[] {
  const { timescale, frameRate } = video;
  const ticks = `settb=1/${timescale}`;
  if (input.origin !== null) return [ticks, `setpts=PTS-${Math.round(input.origin * timescale)}`];
  if (frameRate === null) return [ticks];
  const [rate, per] = frameRate;
  if (fillTo !== undefined)
    return [
      `fps=${rate}/${per}:start_time=0:round=near`,
      ...["tpad=stop=-1:stop_mode=clone", `trim=end_frame=${fillTo}`, ticks],
    ];
  const step = (per * timescale) / rate;
  return [ticks, `setpts=round(PTS/${step})*${step}`];
}

function scaleTo({ width, height }: Rendition, { fromRgb }: Pick<Color, "fromRgb">): string[] {
  const matrix = fromRgb ? ":out_color_matrix=bt709" : "";
  return [`scale=${width}:${height}:flags=bicubic+accurate_rnd:out_range=tv${matrix}`];
}

/** On the frames, because newer ffmpegs let these win over the encoder's options; what is not known is said to be so. */
export function pinnedColor({ primaries, transfer, matrix }: Pick<Color, "primaries" | "transfer" | "matrix">): string {
  const told = [
    `color_primaries=${primaries ?? "unknown"}`,
    `color_trc=${transfer ?? "unknown"}`,
    `colorspace=${matrix ?? "unknown"}`,
    "range=tv",
  ];
  return `setparams=${told.join(":")}`;
}
