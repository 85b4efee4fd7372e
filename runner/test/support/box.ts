import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { onTestFinished, vi } from "vitest";
import type { Box, BoxLimits } from "../../src/box/box.ts";
import { shareWithBox, shareWithBoxes } from "../../src/box/box-scratch.ts";
import { openBox } from "../../src/box/boxes.ts";
import { ownCeilings } from "../../src/box/ceilings.ts";
import { ladder } from "../../src/box/ladder.ts";
import { findMemoryGroups } from "../../src/box/memory-groups.ts";
import { findProgram } from "../../src/box/programs.ts";
import { BoxUsers } from "../../src/box/users.ts";
import { bareBox } from "./bare-box.ts";
import { testDirectory } from "./directory.ts";

const MiB = 1024 ** 2;
export const testLimits: BoxLimits = {
  memoryBytes: 4_096 * MiB,
  fileBytes: 4_096 * MiB,
  openFiles: 1_024,
  processes: 4_096,
  cpuSeconds: 3_600,
};

export const hasBubblewrap = findProgram("bwrap") !== null;
export const isRoot = process.getuid?.() === 0;
const tools = {
  sh: findProgram("/bin/sh") ?? "",
  prlimit: findProgram("prlimit") ?? "",
  setpriv: findProgram("setpriv") ?? "",
};
const users = new BoxUsers(90_000, 1_000);
/** Of system calls. */
const filters = folderOfFile("filters");

/** A real box, whose programs may write in these directories: bubblewrap's where there is one, else none at all. */
export async function testBox(directories: readonly string[], limits: Partial<BoxLimits> = {}): Promise<Box> {
  if (!hasBubblewrap) return bareBox;
  const [walls] = await ladder({ tools, directory: filters, morePaths: [], isRoot, engine: null });
  if (walls === undefined || "missing" in walls) throw new Error("there are no walls to test in");
  const bounds = { limits: { ...testLimits, ...limits }, ceilings: ownCeilings() };
  const box = openBox({ walls, tools, ...bounds, memoryGroups: groups(), users });
  if (box.user !== null) {
    shareWithBoxes();
    for (const each of directories) await shareWithBox(each, box.user);
  }
  return box;
}

function groups() {
  try {
    const found = findMemoryGroups();
    found.open(testLimits.memoryBytes, testLimits.processes).close();
    return found;
  } catch {
    return null;
  }
}

/** Until the test's end a PATH with these programs of the host, and no others. */
export async function pathWith(...names: string[]): Promise<void> {
  const directory = await testDirectory();
  for (const name of names) await symlink(findProgram(name) ?? "", join(directory, name));
  vi.stubEnv("PATH", directory);
  onTestFinished(() => void vi.unstubAllEnvs());
}
