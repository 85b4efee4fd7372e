import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** More than the segments of a day in ten renditions; each takes an inode, and a look every second. */
const mostEntries = 500_000;
/** No program of ours makes directories in directories in directories. */
const mostDepth = 32;

/** What is said of a directory that its maker closed, or that no path is long enough for. */
const closed: ReadonlySet<string> = new Set(["EACCES", "EPERM", "ENAMETOOLONG"]);

/** The size of a block as stat(2) counts them, bytes. */
const blockBytes = 512;

interface Walk {
  bytes: number;
  entries: number;
}

/**
 * Bytes that all files below a directory take on the disk, or will by their length. Files that vanish meanwhile count nothing.
 * Throws scratch_full where there are too many, and input_hostile where a directory was made that can't be looked into.
 */
export async function directoryBytes(directory: string): Promise<number> {
  const walk = { bytes: 0, entries: 0 };
  await add(walk, directory, 0);
  return walk.bytes;
}

async function add(walk: Walk, directory: string, depth: number): Promise<void> {
  if (depth > mostDepth) throw hidden("deeper than any program of ours makes it");
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (closed.has(error.code ?? "")) throw hidden(error.message);
    return [];
  });
  walk.entries += entries.length;
  if (walk.entries > mostEntries)
    throw new ReelwayError("scratch_full", `the task holds more than ${mostEntries} files on disk`);
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await add(walk, path, depth + 1);
    else walk.bytes += await fileBytes(path);
  }
}

/** Holes count, as they may yet be filled; so does what was set aside behind the end. */
async function fileBytes(path: string): Promise<number> {
  const status = await lstat(path).catch(() => null);
  return status === null ? 0 : Math.max(status.size, status.blocks * blockBytes);
}

function hidden(reason: string): ReelwayError {
  return new ReelwayError("input_hostile", `a program made a directory that the runner can't look into: ${reason}`);
}
