import { proresProfile } from "../../ffmpeg/arguments/encoders.ts";
import type { PicturePlan } from "../../ffmpeg/arguments/picture.ts";
import type { SoundPlan } from "../../ffmpeg/arguments/sound.ts";
import type { TranscodePlan } from "../../ffmpeg/arguments/transcode.ts";

/**
 * Bytes of a result whose rate follows from its plan (uncompressed sound, ProRes, a set bitrate), with some room on
 * top. Constant quality tells nothing beforehand: 0.
 */
export function expectedBytes(plan: TranscodePlan, seconds: number | null): number {
  const kbps = (plan.picture ? pictureKbps(plan.picture) : 0) + (plan.sound ? soundKbps(plan.sound) : 0);
  return Math.ceil((((kbps * 1_000) / 8) * (seconds ?? 0) * ROOM_PERCENT) / 100);
}

const ROOM_PERCENT = 120;
/** Apple's target rates of proxy, lt, standard and hq, bits per pixel. */
const PRORES_BITS = [0.72, 1.64, 2.36, 3.54];

function pictureKbps({ stream, fps, geometry, color, quality, bitrateKbps }: PicturePlan): number {
  if (bitrateKbps !== null) return bitrateKbps;
  if (color.pixelFormat !== "yuv422p10le") return 0;
  const { width, height } = geometry.final;
  const bits = PRORES_BITS[proresProfile(quality)] ?? 0;
  return (width * height * (fps ?? stream.fps ?? 30) * bits) / 1_000;
}

const channelCounts = { mono: 1, stereo: 2, "5.1": 6, "7.1": 8 } as const;

function soundKbps({ stream, layout, bitrateKbps, sampleRate }: SoundPlan): number {
  return bitrateKbps ?? ((sampleRate ?? stream.sampleRate) * channelCounts[layout] * 16) / 1_000;
}
