import { createHash } from "node:crypto";
import type { ProvenDevice, ProvenEncoder } from "../ffmpeg/arguments/devices/device.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";

/**
 * 12 hex digits that stand for all that decides about an init segment which a device's encoder makes: the build of ffmpeg,
 * the kind of device, its driver, and how it is asked. Chunks of one stream go only to runners that have the same.
 */
export function makerOf(
  { build }: Pick<FfmpegTools, "build">,
  { name, driver, filters }: ProvenDevice,
  encoder: Pick<ProvenEncoder, "name" | "variant">,
): string {
  const words = JSON.stringify([build, name, driver, Object.entries(filters).sort(), encoder.name, encoder.variant]);
  return createHash("sha256").update(words).digest("hex").slice(0, 12);
}
