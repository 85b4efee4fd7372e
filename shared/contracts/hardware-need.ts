import { z } from "zod";
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

/** The one capability that stands for encoding such pictures on a device: `hardware:h265.4k.10bit`. */
export function hardwareCapability(codec: VideoCodec, size: SizeClass, color: ColorClass): string {
  return `hardware:${codec}${size === "4k" ? ".4k" : ""}${color === "8bit" ? "" : `.${color}`}`;
}

/** What is known of a transcode's pictures on a device before its source is opened: the size, where the spec alone decides it. */
export function hardwareNeed(codec: VideoCodec, { width, height, fit }: VideoSpec): string {
  const isExact = fit === "cover" || fit === "pad" || fit === "stretch";
  const size = isExact && width !== undefined && height !== undefined ? sizeClassOf({ width, height }) : "small";
  return hardwareCapability(codec, size ?? "4k", "8bit");
}

const SESSIONS = "sessions:";

/** What a task needs of a device that has to encode so many pictures side by side. Every device does one. */
export function sessionNeeds(sessions: number): string[] {
  return sessions > 1 ? [`${SESSIONS}${sessions}`] : [];
}

/** The same as a device has it that encodes up to `sessions` at once; more than `most` are asked of none. */
export function sessionCapabilities(sessions: number, most: number): string[] {
  return Array.from({ length: Math.max(0, Math.min(sessions, most) - 1) }, (_, index) => `${SESSIONS}${index + 2}`);
}

/** What a ladder asks of the device that encodes it. */
export interface LadderPictures {
  readonly color: { readonly pixelFormat: string };
  readonly renditions: readonly Size[];
}

/** All rungs are encoded at once, and the largest is the hardest. Null where no device is ever given one so large. */
export function ladderNeeds(codec: VideoCodec, { color, renditions }: LadderPictures): string[] | null {
  const [largest] = renditions.toSorted((a, b) => b.width * b.height - a.width * a.height);
  const size = largest === undefined ? "small" : sizeClassOf(largest);
  if (size === null) return null;
  return [hardwareCapability(codec, size, `${pixelDepth(color.pixelFormat)}bit`), ...sessionNeeds(renditions.length)];
}

/** A need that only shows once the source is opened. */
export const FoundNeed = z
  .string()
  .regex(/^(?:hardware:[a-z0-9]+(?:\.4k)?(?:\.10bit|\.hdr10)?|sessions:[2-9])$/, "must be a need of a device");

/** Whether a task with these needs, as a lane has them, works on a device. */
export function takesDevice(needs: string): boolean {
  return needs.split(" ").some((need) => need.startsWith("hardware:"));
}
