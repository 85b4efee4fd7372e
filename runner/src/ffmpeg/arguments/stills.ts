import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { FfmpegTools } from "../tools.ts";
import { toneMapFilters } from "./color.ts";
import type { Size } from "./geometry.ts";
import { mediaInput } from "./guard.ts";
import { deinterlaceFilters } from "./picture.ts";

export type StillFormat = "jpeg" | "png" | "webp";

export const stillFiles: Readonly<Record<StillFormat, { extension: string; contentType: string }>> = {
  jpeg: { extension: "jpg", contentType: "image/jpeg" },
  png: { extension: "png", contentType: "image/png" },
  webp: { extension: "webp", contentType: "image/webp" },
};

export interface StillSource {
  readonly path: string;
  readonly format: string;
  readonly threads: number;
  readonly stream: VideoStream;
}

/** How a picture is encoded, and the pixel format that its encoder takes. */
const encodings: Readonly<Record<StillFormat, { pixels: readonly string[]; options: readonly string[] }>> = {
  jpeg: {
    pixels: ["scale=out_range=pc:out_color_matrix=bt601", "format=yuvj420p"],
    options: ["-c:v", "mjpeg", "-q:v", "3"],
  },
  png: { pixels: ["format=rgb24"], options: ["-c:v", "png"] },
  webp: { pixels: ["format=yuv420p"], options: ["-c:v", "libwebp", "-quality", "82"] },
};

/** One picture at a time. `skipBlack` takes the first picture from there on that is not nearly all black. */
export function stillArguments(
  source: StillSource,
  still: { atSeconds: number; size: Size; format: StillFormat; skipBlack: boolean; output: string },
  tools: FfmpegTools,
): string[] {
  const { pixels, options } = encodings[still.format];
  const filters = [
    ...(still.skipBlack
      ? ["blackframe=amount=0:threshold=32", "metadata=mode=select:key=lavfi.blackframe.pblack:value=90:function=less"]
      : []),
    ...sizeFilters(source.stream, still.size, tools),
    ...pixels,
  ];
  return [
    ...["-v", "error", "-y"],
    ...mediaInput({ ...source, before: ["-ss", still.atSeconds.toFixed(3), "-t", String(BLACK_SEARCH_SECONDS)] }),
    ...["-map", `0:${source.stream.index}`, "-vf", filters.join(","), "-frames:v", "1", ...options],
    ...["-map_metadata", "-1", "-threads", String(source.threads)],
    ...["-f", "image2", "-update", "1", `file:${still.output}`],
  ];
}

/** How far a picture that is not black is looked for: ffmpeg makes no progress meanwhile, and must not seem to stall. */
const BLACK_SEARCH_SECONDS = 20;

export interface SpriteLayout {
  readonly tile: Size;
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  readonly intervalSeconds: number;
  readonly format: StillFormat;
  /** Our own pattern below the working directory, such as `sprite-%03d.jpg`. */
  readonly pattern: string;
}

/** All sheets in one run. Tile k shows what plays at its cue's start. */
export function spriteArguments(source: StillSource, layout: SpriteLayout, tools: FfmpegTools): string[] {
  const { pixels, options } = encodings[layout.format];
  const tiles = [
    `fps=fps=1/${layout.intervalSeconds}:start_time=0:round=up`,
    `trim=end_frame=${layout.tiles}`,
    ...sizeFilters(source.stream, layout.tile, tools),
  ].join(",");
  const sheet = [`tile=${layout.columns}x${layout.rows}`, ...pixels].join(",");
  const keyframesOnly = layout.intervalSeconds >= KEYFRAMES_FROM_SECONDS ? ["-skip_frame", "nokey"] : [];
  return [
    ...["-v", "error", "-y"],
    ...mediaInput({ ...source, before: keyframesOnly }),
    // The second, empty output shows how far the run is: sheets come seldom.
    ...["-filter_complex", `[0:${source.stream.index}]${tiles},split[t][n];[t]${sheet}[s]`],
    ...["-map", "[n]", "-f", "null", "-"],
    ...["-map", "[s]", ...options, "-fps_mode", "passthrough", "-map_metadata", "-1"],
    ...["-threads", String(source.threads), "-f", "image2", `file:${layout.pattern}`],
  ];
}

/** With tiles this far apart, key frames alone are close enough, and a film takes seconds instead of minutes. */
const KEYFRAMES_FROM_SECONDS = 10;

function sizeFilters(stream: VideoStream, size: Size, tools: FfmpegTools): string[] {
  const scale = [...deinterlaceFilters(stream), `scale=${size.width}:${size.height}:flags=bicubic`, "setsar=1"];
  const hasBase = stream.color.transfer === "smpte2084" || stream.color.transfer === "arib-std-b67";
  return stream.hdr !== null && hasBase && tools.knows("filter", "zscale")
    ? [...scale, ...toneMapFilters(stream, tools)]
    : scale;
}
