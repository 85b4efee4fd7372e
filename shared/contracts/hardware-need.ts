import { limits } from "../limits.ts";
import { pixelDepth } from "./pixel-depth.ts";
import type { VideoCodec, VideoSpec } from "./transcode-spec.ts";

/** Sizes that devices are told apart by: `4k` is what lies above full HD. */
export type SizeClass = "small" | "4k";
/** What pictures are encoded in; `hdr10` is 10 bits with HDR10's metadata kept. */
export type ColorClass = "8bit" | "10bit" | "hdr10";

/** What is no larger than this many pixels counts as small: a full HD picture, coded in whole macroblocks. */
const smallPixels = 1_920 * 1_088;
/** The most that 4K stands for. */
const largePixels = 4_096 * 2_304;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Null beyond what devices are ever tried with. */
export function sizeClassOf({ width, height }: Size): SizeClass | null {
  const pixels = width * height;
  if (pixels > largePixels) return null;
  return pixels > smallPixels ? "4k" : "small";
}

/** What one device by itself encodes, or is to encode. */
export interface DeviceWork {
  readonly codec: string;
  readonly size: SizeClass;
  readonly color: ColorClass;
  /** 12 hex digits for all that decides about a stream's init segments; null where any device will do. */
  readonly maker: string | null;
  /** Such pictures encoded side by side, 1 to `limits.rungs`. */
  readonly atOnce: number;
}

/**
 * The one word for all that a device has to do together: `hardware:h265`, `hardware:h265.4k.10bit.x3` (three at once),
 * `hardware:h265.4k.10bit.5f0c12345678.x3` (as this maker alone does it). A need for fewer is met by the word for more.
 */
export function hardwareCapability({ codec, size, color, maker, atOnce }: DeviceWork): string {
  const pictures = `${codec}${size === "4k" ? ".4k" : ""}${color === "8bit" ? "" : `.${color}`}`;
  return `hardware:${pictures}${maker === null ? "" : `.${maker}`}${atOnce > 1 ? `.x${atOnce}` : ""}`;
}

const grammar = new RegExp(
  `^hardware:([a-z0-9]+)(\\.4k)?(?:\\.(10bit|hdr10))?(?:\\.([0-9a-f]{12}))?(?:\\.x([2-${limits.rungs}]))?$`,
);

/** What such a word says; null for every other capability. */
export function readHardware(word: string): DeviceWork | null {
  const match = word.startsWith("hardware:") ? grammar.exec(word) : null;
  if (match === null) return null;
  const [, codec = "", large, color, maker = null, count = "1"] = match;
  return {
    ...{ codec, maker, atOnce: Number(count), size: large === undefined ? "small" : "4k" },
    color: color === "10bit" || color === "hdr10" ? color : "8bit",
  };
}

/** What is known of a transcode's pictures on a device before its source is opened: the size, where the spec alone decides it. */
export function hardwareNeed(codec: VideoCodec, { width, height, fit }: VideoSpec): string {
  const isExact = fit === "cover" || fit === "pad" || fit === "stretch";
  const size = isExact && width !== undefined && height !== undefined ? sizeClassOf({ width, height }) : "small";
  return hardwareCapability({ codec, size: size ?? "4k", color: "8bit", maker: null, atOnce: 1 });
}

/** What a ladder asks of the device that encodes it. */
export interface LadderPictures {
  readonly color: { readonly pixelFormat: string };
  readonly renditions: readonly Size[];
}

/**
 * All rungs are encoded at once on one device, and the largest is the hardest. With a maker, as that one alone does it.
 * Null where no device is ever given one so large.
 */
export function ladderNeed(
  codec: VideoCodec,
  { color, renditions }: LadderPictures,
  maker: string | null,
): string | null {
  const [largest] = renditions.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const size = largest === undefined ? "small" : sizeClassOf(largest);
  if (size === null) return null;
  const depth = `${pixelDepth(color.pixelFormat)}bit` as const;
  return hardwareCapability({ codec, size, color: depth, maker, atOnce: Math.max(1, renditions.length) });
}

/** Whether a task with these needs, as a lane has them, works on a device. */
export function takesDevice(needs: string): boolean {
  return needs.split(" ").some((need) => need.startsWith("hardware:"));
}
