import { mkdir, readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { removeTree } from "./remove-tree.ts";

/** A sibling's directory whose owner did not touch it for this long belongs to nobody, milliseconds. */
const abandonedMs = 3_600_000;
const touchEveryMs = 60_000;
const PREFIX = "reelway-";

/** This runner's own place in SCRATCH_DIR: there while it has tasks. */
export interface ScratchHome {
  readonly path: string;
  /** Stops marking it as in use, and removes it. */
  close(): Promise<void>;
}

/**
 * Opens `SCRATCH_DIR/reelway-<instance>`, empty: what a crash left there is removed, together with the ffmpeg that may
 * still write to it, and so is what runners left that are gone for good. The state lock makes the instance ours alone.
 */
export async function openScratchHome(
  directory: string,
  instance: string,
  now: number,
  log: Logger,
): Promise<ScratchHome> {
  const path = join(directory, `${PREFIX}${instance}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const leftover of await leftovers(directory, path, now)) {
    const killed = await killUsersOf(leftover);
    await removeTree(leftover).then(
      () => log.warn({ leftover, killed }, "removed what an earlier run left behind"),
      // It takes its space, and nothing else: each task has a directory of its own.
      (err: unknown) => log.error({ err, leftover, killed }, "what an earlier run left behind stays"),
    );
  }
  const touch = setInterval(() => {
    const date = new Date();
    // It is there only while tasks are.
    utimes(path, date, date).catch(() => undefined);
  }, touchEveryMs);
  touch.unref();
  return {
    path,
    close: async () => {
      clearInterval(touch);
      await removeTree(path).catch((err: unknown) => log.error({ err }, "scratch stays behind"));
    },
  };
}

async function leftovers(directory: string, own: string, now: number): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(directory, name);
    const status = await stat(path).catch(() => null);
    if (path === own || (status && now - status.mtimeMs > abandonedMs)) found.push(path);
  }
  return found;
}

/** Kills processes that name the directory on their command line; Linux only, where /proc tells. Returns how many. */
async function killUsersOf(directory: string): Promise<number> {
  const processes = await readdir("/proc").catch(() => []);
  let killed = 0;
  for (const pid of processes.filter((name) => /^\d+$/.test(name)).map(Number)) {
    if (pid === process.pid) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!commandLine.includes(`${directory}/`)) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // It ended by itself, or is another user's.
    }
  }
  return killed;
}
