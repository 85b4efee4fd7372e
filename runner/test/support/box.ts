import { symlink } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import { makeFolder, removeFolder } from "@reelway/shared/testing/temporary-folder";
import { afterAll, onTestFinished, vi } from "vitest";
import type { Box, BoxLimits } from "../../src/box/box.ts";
import { shareWithBox, shareWithBoxes } from "../../src/box/box-scratch.ts";
import { openBox } from "../../src/box/boxes.ts";
import { ownCeilings } from "../../src/box/ceilings.ts";
import { ladder } from "../../src/box/ladder.ts";
import { findMemoryGroups } from "../../src/box/memory-groups.ts";
import { findProgram } from "../../src/box/programs.ts";
import { BoxUsers } from "../../src/box/users.ts";
import { bareBox } from "./bare-box.ts";
import { buildEngine } from "./build-engine.ts";
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
/** Those that hold hostile files by themselves: without bubblewrap the second is what a container has. */
export const confiningRungs: readonly SandboxRung[] = [...(hasBubblewrap ? ["bubblewrap" as const] : []), "landlock"];
export const isRoot = process.getuid?.() === 0;
const tools = {
  sh: findProgram("/bin/sh") ?? "",
  prlimit: findProgram("prlimit") ?? "",
  setpriv: findProgram("setpriv") ?? "",
};
const users = new BoxUsers(90_000, 1_000);
/** Of system calls. Made where one is wanted: a file whose tests are all skipped tidies nothing up. */
let filters: string | null = null;
afterAll(() => {
  if (filters !== null) removeFolder(filters);
});

/** A real box, whose programs may write in these directories: bubblewrap's where there is one, else none at all. */
export async function testBox(directories: readonly string[], limits: Partial<BoxLimits> = {}): Promise<Box> {
  return hasBubblewrap ? boxOf("bubblewrap", directories, limits) : bareBox;
}

/** A real box of this kind. Throws where this host has none. */
export async function boxOf(
  rung: SandboxRung,
  directories: readonly string[],
  limits: Partial<BoxLimits> = {},
): Promise<Box> {
  const engine = rung === "landlock" ? buildEngine() : null;
  filters ??= makeFolder("filters");
  const steps = await ladder({ tools, directory: filters, morePaths: [], isRoot, engine });
  const walls = steps.find((step) => step.rung === rung);
  if (walls === undefined || "missing" in walls) throw new Error(`this host has no walls by ${rung}`);
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
