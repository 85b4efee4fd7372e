import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

const ballastName = "ballast";
const blockBytes = 1024 * 1024;

/** A disk that can be filled to its last byte, mounted at a folder. */
export interface SmallDisk {
  readonly path: string;
  fill(): void;
  empty(): void;
  /** Takes it away again, with all that is on it. */
  unmount(): void;
}

/** Null where this process may not mount anything: the report says so then. */
export function mountSmallDisk(path: string, bytes: number): SmallDisk | null {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=700`, "reelway-weather", path], {
      stdio: "ignore",
    });
  } catch {
    return null;
  }
  const ballast = join(path, ballastName);
  return {
    path,
    fill: () => writeUntilFull(ballast, path),
    empty: () => rmSync(ballast, { force: true }),
    unmount: () => void execFileSync("umount", ["--lazy", path], { stdio: "ignore" }),
  };
}

function writeUntilFull(file: string, disk: string): void {
  const descriptor = openSync(file, "w", 0o600);
  try {
    const block = Buffer.alloc(blockBytes, 1);
    for (;;) {
      const { bavail, bsize } = statfsSync(disk);
      const free = bavail * bsize;
      if (free === 0) break;
      writeSync(descriptor, block, 0, Math.min(free, blockBytes));
    }
    fsyncSync(descriptor);
  } catch (error) {
    // Somebody else took the last byte.
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(descriptor);
  }
}
