import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolPath } from "../tools.ts";
import { makeTinyClip } from "./clips.ts";

export interface Workplace {
  readonly directory: string;
  readonly ffmpeg: string;
  /** A video of hardly any length. */
  readonly clip: string;
}

/** A folder of its own with a clip in it, gone when this process ends. */
export async function openWorkplace(name: string): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), `reelway-${name}-`));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const ffmpeg = toolPath("FFMPEG_PATH", "ffmpeg");
  const clip = join(directory, "tiny.mp4");
  await makeTinyClip(ffmpeg, clip);
  return { directory, ffmpeg, clip };
}
