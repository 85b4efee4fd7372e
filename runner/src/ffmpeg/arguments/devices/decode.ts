import type { VideoStream } from "@reelway/shared/contracts/media-info";
import { type Depth, neededProof, type ProvenDevice } from "./device.ts";
import type { ColorTag, DeviceFamily } from "./family.ts";

export function depthOf({ bitDepth }: Pick<VideoStream, "bitDepth">): Depth {
  return (bitDepth ?? 8) > 8 ? 10 : 8;
}

/**
 * Whether the device decodes the source and keeps its pictures. What ffmpeg turns by itself it turns in memory, and device
 * decoders know 4:2:0 in the usual range only.
 */
export function decodesOnDevice(
  stream: Pick<VideoStream, "codec" | "bitDepth" | "pixelFormat" | "rotation" | "color" | "codedWidth" | "codedHeight">,
  device: Pick<ProvenDevice, "decoders">,
  family: Pick<DeviceFamily, "decode">,
): boolean {
  const isUsual = /^yuv420p(10le)?$/.test(stream.pixelFormat ?? "") && stream.color.range !== "pc";
  if (family.decode === null || !isUsual || stream.rotation !== 0) return false;
  const proof = neededProof({ width: stream.codedWidth, height: stream.codedHeight }, depthOf(stream));
  const decoder = device.decoders.find(({ codec }) => codec === stream.codec);
  return proof !== null && decoder?.formats.includes(proof) === true;
}

/** What a source does not tell of its colours: a scaler that guesses it would guess otherwise for another size. */
export function untoldIn({ color }: Pick<VideoStream, "color">): readonly ColorTag[] {
  const told = { color_primaries: color.primaries, color_trc: color.transfer, colorspace: color.matrix } as const;
  return (["color_primaries", "color_trc", "colorspace"] as const).filter((tag) => told[tag] === null);
}
