import { mediaInput } from "./guard.ts";
import type { StreamInput } from "./stream-encode.ts";

/** A few moments of a picture, one behind the other. */
export interface Sample {
  readonly input: StreamInput;
  /** Where each begins, seconds on the input's own clock. */
  readonly from: readonly number[];
  readonly picturesEach: number;
  readonly fps: number;
  readonly threads: number;
}

/** Below the working directory. */
export const sampleFile = "sample.mkv";
export const sampleFormat = "matroska";

/** Room for pictures that come more slowly than they do on average. */
const slack = 2;

/** Takes a sample without any loss, in the source's own size and colours: what is encoded of it is encoded as of the source. */
export function sampleArguments({ input, from, picturesEach, fps, threads }: Sample): string[] {
  const { path, format, stream, interlaced } = input;
  const length = ((picturesEach * slack) / fps + 1 / fps).toFixed(3);
  const moments = from.map((_, place) => {
    const filters = [
      ...(interlaced ? ["bwdif=mode=send_frame:deint=interlaced"] : []),
      ...[`trim=end_frame=${picturesEach}`, "setpts=PTS-STARTPTS"],
    ];
    return `[${place}:${stream}]${filters.join(",")}[m${place}]`;
  });
  const labels = from.map((_, place) => `[m${place}]`).join("");
  return [
    ...["-v", "error", "-y"],
    ...from.flatMap((seconds) =>
      mediaInput({ path, format, threads, before: ["-ss", seconds.toFixed(3), "-t", length] }),
    ),
    ...["-filter_complex_threads", String(threads)],
    ...["-filter_complex", `${moments.join(";")};${labels}concat=n=${from.length}:v=1:a=0[s]`, "-map", "[s]"],
    ...["-c:v", "ffv1", "-level", "3", "-slices", "4", "-threads", String(threads), "-fps_mode", "passthrough"],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-f", sampleFormat, `file:${sampleFile}`],
  ];
}
