import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { proofFile } from "@reelway/shared/runners/proof-file";
import { z } from "zod";
import type { SandboxFinding } from "../box/box.ts";
import { type Device, ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { encodingArguments } from "./device-arguments.ts";
import { DeviceReport } from "./proof-report.ts";
import { candidates } from "./prove.ts";

/** What a device was seen to do, and when. */
const KeptDevice = z.object({
  key: z.string(),
  proven: ProvenDevice,
  report: DeviceReport,
  /** Milliseconds since the epoch. */
  provedAt: z.int(),
  /** How often in a row it fell short for what may pass. */
  shortfalls: z.int().min(0),
});
export type KeptDevice = z.infer<typeof KeptDevice>;

/** Of software encoders, by ffmpeg's names: those that work, those that did not end in time, and those that made other pictures. */
const KeptSoftware = z.object({
  key: z.string(),
  encoders: z.array(z.string()),
  late: z.array(z.string()),
  wrong: z.array(z.string()),
});
export type KeptSoftware = z.infer<typeof KeptSoftware>;

/** All that this host was seen to do. */
const KeptProof = z.object({ software: KeptSoftware, devices: z.array(KeptDevice) });
export type KeptProof = z.infer<typeof KeptProof>;

const fileIn = (directory: string) => join(directory, proofFile);

/** Null where nothing is kept that this version reads. */
export async function readProof(directory: string): Promise<KeptProof | null> {
  try {
    return KeptProof.parse(JSON.parse(await readFile(fileIn(directory), "utf8")));
  } catch {
    return null;
  }
}

export async function writeProof(directory: string, proof: KeptProof): Promise<void> {
  await mkdir(directory, { recursive: true });
  const draft = `${fileIn(directory)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(proof));
  await rename(draft, fileIn(directory));
}

const firstPauseMs = 60_000;
const longestPauseMs = 24 * 3_600_000;

/** When a device that fell short for what may pass is to be tried again, each time twice as long after; null where nothing would change. */
export function triedAgainAt({ report, provedAt, shortfalls }: KeptDevice): number | null {
  if (!report.passing) return null;
  return provedAt + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(20, shortfalls - 1));
}

/** What a proof of software holds for: the same ffmpeg (path, change time, version), tried in the same way and sandbox. */
export async function softwareKey(tools: FfmpegTools, { rung }: Pick<SandboxFinding, "rung">): Promise<string> {
  return digestOf([...(await ffmpegWords(tools)), rung, candidates()]);
}

/** The same of a device, with its driver. */
export async function deviceKey(
  tools: FfmpegTools,
  device: Device,
  { rung }: Pick<SandboxFinding, "rung">,
): Promise<string> {
  const { id, family, address, name, driver } = device;
  return digestOf([...(await ffmpegWords(tools)), rung, id, family, address, name, driver, attempts(tools, device)]);
}

/** A bare name on the PATH has no change time of its own here: its version stands for it. */
async function ffmpegWords({ ffmpegPath, version }: FfmpegTools): Promise<readonly (string | number)[]> {
  const changedAt = await stat(ffmpegPath).then(
    (file) => file.mtimeMs,
    () => 0,
  );
  return [ffmpegPath, changedAt, version];
}

function digestOf(words: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex");
}

/** How a device's encoders are asked: another way of asking is proved anew. */
function attempts({ vocabulary }: FfmpegTools, device: Device): string[][] {
  const family = families[device.family];
  return family.encoders.flatMap((encoder) =>
    encoder.variants.map((variant) => encodingArguments({ device, family, vocabulary }, encoder, variant, "8-small")),
  );
}
