import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { candidates } from "./prove.ts";

const Proof = z.object({ key: z.string(), encoders: z.array(z.string()) });

const fileIn = (directory: string) => join(directory, "proven-encoders.json");

/**
 * What an earlier start proved of the same ffmpeg (path, change time, version) with the same candidates; null where
 * anything differs. Devices that come or go are part of the key.
 */
export async function readProof(directory: string, tools: FfmpegTools): Promise<ReadonlySet<string> | null> {
  try {
    const proof = Proof.parse(JSON.parse(await readFile(fileIn(directory), "utf8")));
    return proof.key === (await keyOf(tools)) ? new Set(proof.encoders) : null;
  } catch {
    return null;
  }
}

export async function writeProof(directory: string, tools: FfmpegTools, encoders: ReadonlySet<string>): Promise<void> {
  await mkdir(directory, { recursive: true });
  const proof = { key: await keyOf(tools), encoders: [...encoders].sort() };
  const draft = `${fileIn(directory)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(proof));
  await rename(draft, fileIn(directory));
}

/** A bare name on the PATH has no change time of its own here: its version stands for it. */
async function keyOf(tools: FfmpegTools): Promise<string> {
  const changedAt = await stat(tools.ffmpegPath).then(
    (file) => file.mtimeMs,
    () => 0,
  );
  return JSON.stringify([tools.ffmpegPath, changedAt, tools.version, await devices(), candidates()]);
}

async function devices(): Promise<boolean[]> {
  const nodes = ["/dev/dri/renderD128", "/dev/nvidia0"];
  return Promise.all(
    nodes.map((node) =>
      stat(node).then(
        () => true,
        () => false,
      ),
    ),
  );
}
