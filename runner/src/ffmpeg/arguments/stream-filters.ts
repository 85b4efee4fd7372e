import type { PlannedColor } from "@reelway/shared/contracts/stream-plan";
import type { z } from "zod";
import type { Rendition, StreamEncode } from "./stream-encode.ts";

type Color = z.infer<typeof PlannedColor>;

/**
 * From `[0:n]` to `[v0]`, `[v1]` …, in memory: numbers and our own names only. What a software encoder is given, and what
 * every encoder's work is held against.
 */
export function streamGraph(encode: StreamEncode): string {
  const { video, input } = encode;
  const { color, renditions } = video;
  const [largest] = renditions;
  // Light is mapped once, at the largest size: it costs more than all the rest.
  const toned = largest && color.toneMap.length > 0 ? [...scaleTo(largest, color), ...color.toneMap] : [];
  const shared = [
    ...(input.interlaced ? [deinterlaced] : []),
    ...timeFilters(encode),
    ...unpinnedFilters,
    ...toned,
    `split=${renditions.length}`,
  ].join(",");
  const branches = renditions.map((rendition, place) => {
    const chain = [
      ...(toned.length > 0 && place === 0 ? [] : scaleTo(rendition, toned.length > 0 ? { fromRgb: false } : color)),
      "setsar=1",
      `format=${color.pixelFormat}`,
      pinnedColor(color),
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
export const unpinnedFilters = unpinned.map((type) => `sidedata=mode=delete:type=${type}`);
export const deinterlaced = "bwdif=mode=send_frame:deint=interlaced";

/**
 * Pictures onto the ticks of the plan. No frame number and no first time is part of it: a change of size in the middle
 * makes ffmpeg build the graph anew, and would reset them.
 */
export function timeFilters({ video, input, fillTo }: StreamEncode): string[] {
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

export function scaleTo({ width, height }: Rendition, { fromRgb }: Pick<Color, "fromRgb">): string[] {
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
