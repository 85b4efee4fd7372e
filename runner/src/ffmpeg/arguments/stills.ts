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
  const filters = [...(still.skipBlack ? notBlack : []), ...sizeFilters(source.stream, still.size, tools), ...pixels];
  return [
    ...["-v", "error", "-y"],
    ...mediaInput({ ...source, before: ["-ss", still.atSeconds.toFixed(3), "-t", String(BLACK_SEARCH_SECONDS)] }),
    ...["-map", `0:${source.stream.index}`, "-vf", filters.join(","), "-frames:v", "1", ...options],
    ...["-map_metadata", "-1", "-threads", String(source.threads)],
    ...["-f", "image2", "-update", "1", `file:${still.output}`],
  ];
}

/** Lets no picture pass that is nearly all black. */
const notBlack = [
  "blackframe=amount=0:threshold=32",
  "metadata=mode=select:key=lavfi.blackframe.pblack:value=90:function=less",
];

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

/** Key frames of a source in a file of their own, some behind others in one of its video streams. */
export interface KeyFrameStream {
  /** Its place among the file's streams. */
  readonly index: number;
  /** Our own pattern in the working directory, such as `keys-0-%04d.jpg`. */
  readonly pattern: string;
}

/** Every picture of each stream as a file of its own, scaled. */
export function keyFrameArguments(
  source: StillSource,
  streams: readonly KeyFrameStream[],
  size: Size,
  tools: FfmpegTools,
): string[] {
  const { pixels, options } = encodings.jpeg;
  const filters = [...sizeFilters(source.stream, size, tools), ...pixels].join(",");
  return [
    ...["-v", "error", "-y", ...mediaInput(source)],
    ...streams.flatMap(({ index, pattern }) => [
      ...["-map", `0:${index}`, "-vf", filters, ...options, "-fps_mode", "passthrough", "-map_metadata", "-1"],
      ...["-threads", "1", "-f", "image2", `file:${pattern}`],
    ]),
  ];
}

/** The first picture of a stream of key frames, from its n-th on; with `skipBlack` the first that is not nearly all black. */
export function keyFrameStillArguments(
  source: StillSource,
  still: { index: number; from: number; size: Size; skipBlack: boolean; output: string },
  tools: FfmpegTools,
): string[] {
  const { pixels, options } = encodings.jpeg;
  const filters = [
    `select=gte(n\\,${still.from})`,
    ...(still.skipBlack ? notBlack : []),
    ...sizeFilters(source.stream, still.size, tools),
    ...pixels,
  ];
  return [
    ...["-v", "error", "-y", ...mediaInput(source)],
    ...["-map", `0:${still.index}`, "-vf", filters.join(","), "-frames:v", "1", ...options],
    ...["-map_metadata", "-1", "-threads", String(source.threads)],
    ...["-f", "image2", "-update", "1", `file:${still.output}`],
  ];
}

/** One picture for each tile, out of a whole source. Tile k shows what plays at k intervals. */
export function tileArguments(
  source: StillSource,
  tiles: Pick<SpriteLayout, "tile" | "tiles" | "intervalSeconds" | "pattern">,
  tools: FfmpegTools,
): string[] {
  const { pixels, options } = encodings.jpeg;
  const filters = [
    `fps=fps=1/${tiles.intervalSeconds}:start_time=0:round=up`,
    `trim=end_frame=${tiles.tiles}`,
    ...sizeFilters(source.stream, tiles.tile, tools),
    ...pixels,
  ];
  const keyframesOnly = tiles.intervalSeconds >= KEYFRAMES_FROM_SECONDS ? ["-skip_frame", "nokey"] : [];
  return [
    ...["-v", "error", "-y", ...mediaInput({ ...source, before: keyframesOnly })],
    ...["-map", `0:${source.stream.index}`, "-vf", filters.join(","), ...options, "-fps_mode", "passthrough"],
    ...["-map_metadata", "-1", "-threads", String(source.threads), "-f", "image2", `file:${tiles.pattern}`],
  ];
}

/** Sheets of tiles that were made before, by our own pattern below the working directory. */
export function sheetArguments(tiles: string, { columns, rows, pattern }: SpriteLayout): string[] {
  const { pixels, options } = encodings.jpeg;
  return [
    ...["-v", "error", "-y", "-protocol_whitelist", "file", "-format_whitelist", "image2", "-f", "image2"],
    ...["-framerate", "1", "-i", `file:${tiles}`, "-vf", [`tile=${columns}x${rows}`, ...pixels].join(",")],
    ...[...options, "-fps_mode", "passthrough", "-map_metadata", "-1", "-f", "image2", `file:${pattern}`],
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
