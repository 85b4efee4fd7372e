import {
  type ColorClass,
  hardwareCapability,
  type SizeClass,
  sessionCapabilities,
} from "@reelway/shared/contracts/hardware-need";
import { limits } from "@reelway/shared/limits";
import type { ProvenDevice, ProvenEncoder } from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { mostOn } from "./device-sessions.ts";
import { makerOf } from "./maker.ts";

/** What a host is capable of, with what these devices add. */
export function withDevices(
  capabilities: readonly string[],
  tools: Pick<FfmpegTools, "build">,
  devices: readonly ProvenDevice[],
): string[] {
  const own = devices.flatMap((device) => [...capabilitiesOfDevice(tools, device), ...picturesOf(device)]);
  return [...new Set([...capabilities, ...own, ...sessionsOf(devices.map(mostOn))])].sort();
}

/** What these devices are capable of, but not now: on each that could do it others hold the sessions. */
export function takenOf(devices: readonly ProvenDevice[], freeOn: (device: ProvenDevice) => number): string[] {
  const free = devices.filter((device) => freeOn(device) > 0);
  const left = new Set([...free.flatMap(picturesOf), ...sessionsOf(devices.map(freeOn))]);
  const all = new Set([...devices.flatMap(picturesOf), ...sessionsOf(devices.map(mostOn))]);
  return [...all].filter((capability) => !left.has(capability)).sort();
}

function capabilitiesOfDevice(tools: Pick<FfmpegTools, "build">, device: ProvenDevice): string[] {
  const own = device.encoders.flatMap((proof) => [
    ...[`encoder:${proof.name}`, `ffmpeg:${makerOf(tools, device, proof)}`],
  ]);
  const decoders = device.decoders.map(({ codec }) => `decoder:${device.family}.${codec}`);
  return [`device:${slugOf(device.name)}`, `driver:${slugOf(device.driver)}`, ...own, ...decoders];
}

/** What pictures a device was seen to encode, as capabilities. */
export function picturesOf(device: ProvenDevice): string[] {
  const { encoders } = families[device.family];
  return device.encoders.flatMap((proof) => {
    const codec = encoders.find(({ name }) => name === proof.name)?.codec;
    return codec === undefined ? [] : classesOf(proof).map(([size, color]) => hardwareCapability(codec, size, color));
  });
}

/** HDR10's metadata was looked for in small pictures; it does not depend on their size. */
function classesOf({ formats, hdr10 }: ProvenEncoder): (readonly [SizeClass, ColorClass])[] {
  return (["small", "4k"] as const).flatMap((size) => [
    ...(formats.includes(`8-${size}`) ? [[size, "8bit"] as const] : []),
    ...(formats.includes(`10-${size}`) ? [[size, "10bit"] as const] : []),
    ...(formats.includes(`10-${size}`) && hdr10 ? [[size, "hdr10"] as const] : []),
  ]);
}

/** A ladder is encoded on one device: the one with the most counts. */
function sessionsOf(sessions: readonly number[]): string[] {
  return sessionCapabilities(Math.max(0, ...sessions), limits.rungs);
}

function slugOf(words: string): string {
  const slug = words
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return slug.slice(0, 60) || "unknown";
}
