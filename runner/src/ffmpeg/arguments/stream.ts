import { deviceStreamDecode, deviceStreamGraph, deviceStreamOptions } from "./device-stream.ts";
import { mediaInput } from "./guard.ts";
import type { Rendition, StreamEncode } from "./stream-encode.ts";
import { streamEncoders } from "./stream-encoders.ts";
import { streamGraph } from "./stream-filters.ts";

/** The encoder's file of the n-th rendition, below the working directory. */
export const encodedFile = (place: number) => `encoded-${place + 1}.mp4`;

/** One run: decodes once, encodes every rendition. Files lie in the working directory. */
export function streamArguments(encode: StreamEncode): string[] {
  const { video, threads, on } = encode;
  return [
    ...["-v", "error", "-y"],
    ...(on ? on.choice.family.open(on.choice.device) : []),
    ...pictureInput(encode, on ? deviceStreamDecode(encode, on) : []),
    ...["-filter_complex_threads", String(threads), "-filter_complex"],
    on ? deviceStreamGraph(encode, on) : streamGraph(encode),
    ...video.renditions.flatMap((rendition, place) => outputOf(encode, rendition, place)),
  ];
}

/** Opens what is encoded, or what was: the input that `streamGraph` takes its pictures from. */
export function pictureInput(
  { input: { path, format }, threads }: StreamEncode,
  decode: readonly string[] = [],
): string[] {
  return mediaInput({ path, format, threads: decode.length > 0 ? 1 : threads, before: ["-copyts", ...decode] });
}

function outputOf(encode: StreamEncode, rendition: Rendition, place: number): string[] {
  const { video, input, threads, stopAfter } = encode;
  return [
    ...["-map", `[v${place}]`],
    ...encoderOptions(encode, rendition),
    // A cut's times are the plan's; whatever else comes may have two pictures at one time.
    ...["-fps_mode", input.origin === null ? "passthrough" : "vfr", "-enc_time_base", `1:${video.timescale}`],
    ...["-video_track_timescale", String(video.timescale)],
    ...(stopAfter === undefined ? [] : ["-frames:v", String(stopAfter)]),
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-threads", String(threads)],
    ...["-f", "mp4", `file:${encodedFile(place)}`],
  ];
}

function encoderOptions({ video, keyFrames, threads, on }: StreamEncode, rendition: Rendition): string[] {
  if (on) return deviceStreamOptions(on, { ...video, rendition, keyFrames });
  const encoder = streamEncoders.get(video.encoder);
  if (!encoder) throw new TypeError(`no parts are made with ${video.encoder} in software`);
  return encoder.options({ ...video, rendition, hdr10: video.color.hdr10, keyFrames, threads });
}
