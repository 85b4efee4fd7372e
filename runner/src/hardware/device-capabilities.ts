import {
  type ColorClass,
  type DeviceWork,
  hardwareCapability,
  type SizeClass,
} from "@reelway/shared/contracts/hardware-need";
import { meets } from "@reelway/shared/contracts/matching";
import { limits } from "@reelway/shared/limits";
import type { ProvenDevice, ProvenEncoder } from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { mostOn } from "./device-sessions.ts";
import { makerOf } from "./maker.ts";

type Build = Pick<FfmpegTools, "build">;
type SessionsOn = (device: ProvenDevice) => number;

/** What a host is capable of, with what these devices add. */
export function withDevices(capabilities: readonly string[], tools: Build, devices: readonly ProvenDevice[]): string[] {
  return [...new Set([...capabilities, ...devices.flatMap(namesOf), ...encodesOn(tools, devices)])].sort();
}

/** What these devices are capable of, but not now: so many at once, and more, on each that could do it others hold the sessions. */
export function takenOf(tools: Build, devices: readonly ProvenDevice[], freeOn: SessionsOn): string[] {
  const left = mostOf(tools, devices, freeOn);
  const taken = [...mostOf(tools, devices, mostOn)].flatMap(([one, most]) => {
    const free = left.get(one)?.atOnce ?? 0;
    return free < most.atOnce ? [hardwareCapability({ ...most, atOnce: free + 1 })] : [];
  });
  return taken.sort();
}

/** Whether this device alone does all that a task needs of one. */
export function isUpTo(tools: Build, device: ProvenDevice, needs: readonly string[]): boolean {
  const own = new Set(encodesOn(tools, [device]));
  return needs.every((need) => meets(own, need));
}

function namesOf(device: ProvenDevice): string[] {
  const encoders = device.encoders.map(({ name }) => `encoder:${name}`);
  const decoders = device.decoders.map(({ codec }) => `decoder:${device.family}.${codec}`);
  return [`device:${slugOf(device.name)}`, `driver:${slugOf(device.driver)}`, ...encoders, ...decoders];
}

function encodesOn(tools: Build, devices: readonly ProvenDevice[]): string[] {
  return [...mostOf(tools, devices, mostOn).values()].map(hardwareCapability);
}

/** For each kind of picture, by its word for one alone: the most that one of these devices encodes of it at once. */
function mostOf(tools: Build, devices: readonly ProvenDevice[], sessionsOn: SessionsOn): Map<string, DeviceWork> {
  const most = new Map<string, DeviceWork>();
  for (const device of devices) {
    const atOnce = Math.min(sessionsOn(device), limits.rungs);
    for (const one of atOnce < 1 ? [] : worksOf(tools, device)) {
      const word = hardwareCapability(one);
      if (atOnce > (most.get(word)?.atOnce ?? 0)) most.set(word, { ...one, atOnce });
    }
  }
  return most;
}

/** What a device was seen to encode, one picture at a time: as any device does, and as the maker that parts of a stream are pinned to. */
function worksOf(tools: Build, device: ProvenDevice): DeviceWork[] {
  const { encoders } = families[device.family];
  return device.encoders.flatMap((proof) => {
    const codec = encoders.find(({ name }) => name === proof.name)?.codec;
    if (codec === undefined) return [];
    const maker = makerOf(tools, device, proof);
    return classesOf(proof).flatMap(([size, color]) => {
      const work: DeviceWork = { codec, size, color, maker: null, atOnce: 1 };
      // HDR10's metadata is kept in streams by software only.
      return color === "hdr10" ? [work] : [work, { ...work, maker }];
    });
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

function slugOf(words: string): string {
  const slug = words
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return slug.slice(0, 60) || "unknown";
}
