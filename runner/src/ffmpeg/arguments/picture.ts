import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { WatermarkSpec } from "@reelway/shared/contracts/transcode-spec";
import type { z } from "zod";
import type { ColorPlan } from "./color.ts";
import type { Geometry, Size } from "./geometry.ts";
import type { ImageFormat } from "./guard.ts";

/** How the picture of a result is made. */
export interface PicturePlan {
  readonly stream: VideoStream;
  readonly fps: number | null;
  /** No picture is shown beyond this, in seconds of the result; null where only the source's own clock tells its end. */
  readonly endSeconds: number | null;
  /** Extra clockwise turn; ffmpeg itself applies the source's own. */
  readonly turn: 0 | 90 | 180 | 270;
  readonly geometry: Geometry;
  readonly color: ColorPlan;
  readonly quality: number;
  readonly bitrateKbps: number | null;
  readonly speed: "fast" | "balanced" | "thorough";
  readonly twoPass: boolean;
  readonly keyframeSeconds: number;
  readonly watermark: Watermark | null;
  /** Whether work/subtitles.vtt is drawn into the picture. */
  readonly burnSubtitles: boolean;
}

export interface Watermark {
  readonly path: string;
  readonly format: ImageFormat;
  readonly spec: z.infer<typeof WatermarkSpec>;
}

/** Our own conversion of the subtitles, in the child's working directory: a name without anything to escape. */
export const subtitlesFile = "subtitles.vtt";

/**
 * The filter graph of the picture, from `[0:n]` to `[v]`. It holds numbers and our own names only: no user's string
 * ever becomes part of a graph.
 */
export function pictureGraph(plan: PicturePlan, startSeconds: number, watermarkInput: number | null): string {
  const { geometry, color, watermark } = plan;
  const base = [
    ...deinterlaceFilters(plan.stream),
    ...steadyFilters(plan),
    ...turnFilters(plan.turn),
    ...scaleFilters(geometry, color),
    ...color.toneMap,
    `format=${color.pixelFormat}`,
    ...(plan.burnSubtitles ? burnFilters(startSeconds) : []),
  ].join(",");
  const end = [`format=${color.pixelFormat}`, ...tagFilters(color)].join(",");
  const source = `[0:${plan.stream.index}]${base}`;
  if (watermark === null || watermarkInput === null) return `${source},${end}[v]`;
  return [
    `${source}[base]`,
    `[${watermarkInput}:0]${watermarkFilters(watermark, geometry.final.width)}[mark]`,
    `[base][mark]overlay=${positionOf(watermark, geometry.final.width)}:format=auto,${end}[v]`,
  ].join(";");
}

/** Pictures at a steady rate, up to their end: the last one has its turn however short it is shown. */
export function steadyFilters({ fps, endSeconds }: Pick<PicturePlan, "fps" | "endSeconds">): string[] {
  if (fps === null) return [];
  return endSeconds === null ? [`fps=${fps}`] : [`fps=${fps}:eof_action=pass`, `trim=end=${endSeconds.toFixed(6)}`];
}

/** Fields must be joined before anything scales or turns them. Frames that are progressive after all stay as they are. */
export function deinterlaceFilters({ interlaced }: VideoStream): string[] {
  return interlaced === true ? ["bwdif=mode=send_frame:deint=interlaced"] : [];
}

export function turnFilters(turn: PicturePlan["turn"]): string[] {
  return { 0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"] }[turn];
}

function scaleFilters({ scaled, crop, pad }: Geometry, color: ColorPlan): string[] {
  return [
    scaleFilter(scaled, color),
    "setsar=1",
    ...(crop ? [cropFilter(crop)] : []),
    ...(pad ? [padFilter(pad)] : []),
  ];
}

export function scaleFilter({ width, height }: Size, { fromRgb }: Pick<ColorPlan, "fromRgb">): string {
  const matrix = fromRgb ? ":out_color_matrix=bt709" : "";
  return `scale=${width}:${height}:flags=bicubic+accurate_rnd:out_range=tv${matrix}`;
}

export const cropFilter = ({ width, height }: Size) => `crop=${width}:${height}`;
export const padFilter = ({ width, height }: Size) => `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:black`;

/** Cues count from the start of the source, the frames of a trimmed result from the start of the range. */
export function burnFilters(startSeconds: number): string[] {
  const draw = `subtitles=filename=${subtitlesFile}`;
  return startSeconds === 0 ? [draw] : [`setpts=PTS+${startSeconds}/TB`, draw, `setpts=PTS-${startSeconds}/TB`];
}

/** Tags on the frames, because newer ffmpegs let these win over the encoder's options. */
export function tagFilters({ tags }: ColorPlan): string[] {
  if (tags === null) return [];
  const told = [
    tags.primaries && `color_primaries=${tags.primaries}`,
    tags.transfer && `color_trc=${tags.transfer}`,
    tags.matrix && `colorspace=${tags.matrix}`,
    "range=tv",
  ].filter((tag) => tag !== null && tag !== "");
  return [`setparams=${told.join(":")}`];
}

export function watermarkFilters({ spec }: Watermark, outputWidth: number): string {
  const width = Math.max(2, Math.round((outputWidth * spec.widthPercent) / 100));
  return [`scale=${width}:-1`, "format=rgba", `colorchannelmixer=aa=${spec.opacity}`].join(",");
}

export function positionOf({ spec }: Watermark, outputWidth: number): string {
  const margin = Math.round((outputWidth * spec.marginPercent) / 100);
  const right = `main_w-overlay_w-${margin}`;
  const bottom = `main_h-overlay_h-${margin}`;
  return {
    "top-left": `x=${margin}:y=${margin}`,
    "top-right": `x=${right}:y=${margin}`,
    "bottom-left": `x=${margin}:y=${bottom}`,
    "bottom-right": `x=${right}:y=${bottom}`,
    center: "x=(main_w-overlay_w)/2:y=(main_h-overlay_h)/2",
  }[spec.position];
}
