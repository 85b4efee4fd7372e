import type { MediaEngine } from "../engine/open-engine.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import type { Opening } from "./box.ts";
import { type BoxParts, openBox } from "./boxes.ts";
import { printedBy, tryEscape } from "./escape/try-escape.ts";
import { findMemoryGroups, type MemoryGroups } from "./memory-groups.ts";

/** Programs that must run inside: each with arguments by which it does next to nothing. */
export type Programs = readonly (readonly [string, ...string[]])[];

/** What opens media on this host. */
export function programsOf(
  { ffmpegPath, ffprobePath }: Pick<FfmpegTools, "ffmpegPath" | "ffprobePath">,
  engine: Pick<MediaEngine, "path"> | null,
): Programs {
  const tools: Programs = [
    [ffmpegPath, "-version"],
    [ffprobePath, "-version"],
  ];
  return engine === null ? tools : [...tools, [engine.path, "--version"]];
}

/**
 * Tries to get out of these walls, and to run every program inside. Returns what is open. Throws where something is that
 * the walls should close, or where a program does not run.
 */
export async function proveWalls(parts: BoxParts, scratchDirectory: string, programs: Programs): Promise<Opening[]> {
  const box = openBox(parts);
  try {
    const open = await tryEscape(box, scratchDirectory);
    const broken = parts.walls.closes.filter((opening) => open.includes(opening));
    if (broken.length > 0) throw new Error(`it does not close ${broken.join(", ")}`);
    for (const [program, ...args] of programs)
      await printedBy(box.enclose(program, args, { reads: [], writes: [], cwd: "/", mapsFiles: true }));
    return open;
  } finally {
    box.close();
  }
}

/** A group with this limit, and a program that takes more, bytes. */
const [provingBytes, takenBytes] = [256 * 1024 ** 2, 1024 ** 3];

/** Finds where memory groups can be made, and has a program killed in one. Throws where that can't be done. */
export async function proveMemoryGroups(parts: BoxParts): Promise<MemoryGroups> {
  const groups = findMemoryGroups();
  const small = { open: (_: number, processes: number) => groups.open(provingBytes, processes) };
  const limits = { ...parts.limits, memoryBytes: 8 * takenBytes };
  const box = openBox({ ...parts, limits, memoryGroups: small });
  try {
    const reach = { reads: [], writes: [], cwd: "/", mapsFiles: true };
    if ((await printedBy(box.enclose(process.execPath, ["-p", "'starts'"], reach))).trim() !== "starts")
      throw new Error("nothing can be run in a memory group");
    const grown = await printedBy(box.enclose(process.execPath, ["-e", `Buffer.alloc(${takenBytes}, 1)`], reach)).then(
      () => true,
      () => false,
    );
    if (grown) throw new Error("a program grew beyond the limit of its memory group");
    return groups;
  } finally {
    box.close();
  }
}
