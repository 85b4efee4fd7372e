import { type ColorClass, hardwareCapability, sizeClassOf } from "@reelway/shared/contracts/hardware-need";
import type { EncodeAttempt } from "@reelway/shared/contracts/manifest";
import { pixelDepth } from "@reelway/shared/contracts/pixel-depth";
import type { VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { limits } from "@reelway/shared/limits";
import { neededProof, type ProvenDevice } from "../../ffmpeg/arguments/devices/device.ts";
import type { PicturePlan } from "../../ffmpeg/arguments/picture.ts";
import type { DeviceChoice, EncoderChoice } from "../../ffmpeg/encoder-choice.ts";
import { deviceName } from "../try-encoders.ts";

export interface FittingChoices {
  readonly choices: readonly EncoderChoice[];
  /** Devices that were not even tried, each with the reason. */
  readonly skipped: readonly EncodeAttempt[];
}

/** The choices whose proofs reach as far as this picture. */
export function fittingChoices(choices: readonly EncoderChoice[], picture: PicturePlan): FittingChoices {
  const judged = choices.map((choice) => ({ choice, reason: choice.device === null ? null : misfit(choice, picture) }));
  return {
    choices: judged.flatMap(({ choice, reason }) => (reason === null ? [choice] : [])),
    skipped: judged.flatMap(({ choice, reason }) =>
      reason === null || choice.device === null ? [] : [skippedAttempt(choice.device, choice.encoder.name, reason)],
    ),
  };
}

export function skippedAttempt(device: ProvenDevice, encoder: string, reason: string): EncodeAttempt {
  return { device: deviceName(device), encoder, outcome: "skipped", reason: reason.slice(0, limits.reasonLength) };
}

/** What a device must have for this picture, as runners announce it; null where none is ever given one so large. */
export function deviceNeed(codec: VideoCodec, picture: PicturePlan): string | null {
  const size = sizeClassOf(picture.geometry.final);
  return size && hardwareCapability({ codec, size, color: colorClassOf(picture), maker: null, atOnce: 1 });
}

function colorClassOf({ color, stream }: Pick<PicturePlan, "color" | "stream">): ColorClass {
  if (pixelDepth(color.pixelFormat) === 8) return "8bit";
  return stream.hdr === "hdr10" && color.toneMap.length === 0 ? "hdr10" : "10bit";
}

function misfit({ encoder, proven }: DeviceChoice, picture: PicturePlan): string | null {
  const { geometry } = picture;
  const { width, height } = geometry.final;
  const color = colorClassOf(picture);
  const depth = color === "8bit" ? 8 : 10;
  const proof = neededProof(geometry.final, depth);
  if (Math.min(width, height) < encoder.minimumSide) return `takes no side below ${encoder.minimumSide} pixels`;
  if (proof === null || !proven.formats.includes(proof))
    return `was not seen to encode ${width}x${height} in ${depth} bits`;
  return color === "hdr10" && !proven.hdr10 ? "loses HDR10's metadata" : null;
}
