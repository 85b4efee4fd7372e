import { forcedAt, gridOf } from "../key-frames.ts";
import type { Intent, Option } from "./family.ts";

/** Peaks may be this much above an average bit rate. */
const peak = 1.5;
/** Encoders that know no ceiling over a quality aim at this share of the ceiling. */
const belowCeiling = 0.75;

/** An average bit rate with room for peaks, over a buffer of two seconds. */
export function averageRate(kbps: number): Option[] {
  return [
    ["-b:v", `${kbps}k`],
    ["-maxrate", `${Math.round(kbps * peak)}k`],
    ["-bufsize", `${kbps * 2}k`],
  ];
}

/** A ceiling over one second: what two parts need that never saw each other. */
export function ceiling(maxKbps: number): Option[] {
  return [
    ["-maxrate", `${maxKbps}k`],
    ["-bufsize", `${maxKbps}k`],
  ];
}

/** The average below a ceiling, for encoders that need one. */
export function rateBelow(maxKbps: number): Option {
  return ["-b:v", `${Math.round(maxKbps * belowCeiling)}k`];
}

/** Where key frames go, in the options that all encoders share. */
export function keyFrameOptions({ keyFrames }: Intent): Option[] {
  if ("apart" in keyFrames) return [["-g", String(keyFrames.apart)]];
  const forced = forcedAt(keyFrames.exactly);
  return [
    ["-g", String(gridOf(keyFrames.exactly))],
    ...(forced === null ? [] : [["-force_key_frames", forced] as const]),
  ];
}

export function pinned({ profile, level }: Pick<Intent, "profile" | "level">): Option[] {
  return [
    ...(profile === null ? [] : [["-profile:v", profile] as const]),
    ...(level === null ? [] : [["-level:v", level] as const]),
  ];
}

export const isChunk = ({ keyFrames }: Intent) => "exactly" in keyFrames;
