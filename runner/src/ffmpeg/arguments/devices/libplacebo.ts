import type { Size } from "../geometry.ts";
import { type ColorTag, type Filter, filter } from "./family.ts";

/**
 * What libplacebo does on pictures in Vulkan: nothing of its own accord. What a peak was before depends on where a part
 * begins, and what Dolby Vision and film grain ask for is done by no other way of ours either.
 */
const asTold = { peak_detect: 0, apply_dolbyvision: 0, apply_filmgrain: 0 } as const;

/** As memory's scaler does it, and not in linear light. */
const asStored = { ...asTold, disable_linear: 1 } as const;

/** HDR to SDR. */
export function toneMapping(format: string): Filter {
  const colors = { colorspace: "bt709", color_primaries: "bt709", color_trc: "bt709", range: "tv" };
  return filter("libplacebo", { tonemapping: "hable", ...colors, ...asTold, format });
}

export function scaling({ width, height }: Size, format: string, untold: readonly ColorTag[]): Filter[] {
  return told(untold, filter("libplacebo", { w: width, h: height, ...asStored, format, range: "tv" }));
}

/** Black around pictures, which keep their size. */
export function padding({ width, height }: Size, untold: readonly ColorTag[]): Filter[] {
  const place = { pos_x: "(ow-iw)/2", pos_y: "(oh-ih)/2", pos_w: "iw", pos_h: "ih" };
  return told(untold, filter("libplacebo", { w: width, h: height, ...place, fillcolor: "black", ...asStored }));
}

/** Clockwise; the size turns along. */
export function turning(turn: 90 | 180 | 270, untold: readonly ColorTag[]): Filter[] {
  return told(untold, filter("libplacebo", { rotate: turn, ...asStored }));
}

/** Frames that are made of fields become whole; others stay as they are. */
export const deinterlacing: Filter = filter("libplacebo", { deinterlace: "bwdif", ...asStored });

/** What is not told libplacebo guesses by the size, and would so change colours where that changes: meanwhile it is told something. */
function told(untold: readonly ColorTag[], work: Filter): Filter[] {
  if (untold.length === 0) return [work];
  const all = (value: string) => filter("setparams", Object.fromEntries(untold.map((tag) => [tag, value])));
  return [all("bt709"), work, all("unknown")];
}
