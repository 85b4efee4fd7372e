import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLog } from "../../src/log.ts";
import { openScratchHome } from "../../src/storage/scratch-home.ts";
import { directoryBytes } from "../../src/storage/scratch-use.ts";
import { measureScratch, watchScratch } from "../../src/storage/scratch-watch.ts";
import { createTaskScratch, inputPath, removeTaskScratch } from "../../src/storage/task-scratch.ts";
import { asPlainUser, giveAway } from "../support/as-plain-user.ts";
import { isRoot } from "../support/box.ts";
import { letIn, testDirectory } from "../support/directory.ts";

const log = createLog("silent");
const taskId = "tsk_01jd0000000000000000000000_weur_0";

describe("a task's scratch directory", () => {
  it("is private, has fixed names, and is empty whatever was there", async () => {
    const parent = join(await testDirectory(), "reelway-own");
    const other = await createTaskScratch(parent, taskId, 2, null);
    const before = await createTaskScratch(parent, taskId, 3, null);
    await writeFile(join(before.outputDirectory, "old.mp4"), "old");
    const scratch = await createTaskScratch(parent, taskId, 3, null);
    expect((await stat(scratch.root)).mode & 0o777).toBe(0o700);
    expect(inputPath(scratch, "source", 0)).toBe(join(parent, `${taskId}-3`, "in", "source"));
    expect(await directoryBytes(scratch.root)).toBe(0);
    await removeTaskScratch(scratch);
    expect(existsSync(scratch.root)).toBe(false);
    expect(existsSync(other.root)).toBe(true);
    await removeTaskScratch(other);
    expect(existsSync(parent)).toBe(false);
  });

  it("is measured whole, and an overrun is scratch_full", async () => {
    const scratch = await createTaskScratch(await testDirectory(), taskId, 1, null);
    const claim = { bytes: 100_000, usedBytes: 0 };
    await writeFile(join(scratch.inputDirectory, "source"), Buffer.alloc(60_001));
    expect(await measureScratch(scratch, claim)).toBeNull();
    expect(claim.usedBytes).toBe((await stat(join(scratch.inputDirectory, "source"))).blocks * 512);
    await mkdir(join(scratch.workDirectory, "pass"));
    await writeFile(join(scratch.workDirectory, "pass", "log"), Buffer.alloc(50_000));
    expect((await measureScratch(scratch, claim))?.code).toBe("scratch_full");
  });

  it("is watched: who outgrows the bound is told", async () => {
    const scratch = await createTaskScratch(await testDirectory(), taskId, 1, null);
    await truncate(await made(join(scratch.outputDirectory, "video.mp4")), 2_000_000);
    const overrun = await new Promise<Error>((resolve) => {
      onTestFinished(watchScratch(scratch, { bytes: 1_000, usedBytes: 0 }, resolve));
    });
    expect(overrun.message).toContain("2000000 bytes");
  });
});

/** An empty file. */
async function made(path: string): Promise<string> {
  await writeFile(path, "");
  return path;
}

/** Directories in each other, deeper than any path can say. */
function nest(directory: string): void {
  const script =
    "for (let i = 0; i < 2500; i++) { fs.mkdirSync('d'); process.chdir('d'); } fs.writeFileSync('film', 'film')";
  execFileSync(process.execPath, ["-e", script], { cwd: directory });
}

/** A task's place, for a user without rights. */
async function givenScratch(): Promise<string> {
  const directory = await testDirectory();
  await letIn(directory);
  await giveAway(directory);
  return directory;
}

describe("what a hostile program makes in its scratch directory", () => {
  it("is space that it set aside behind the end of a file, and that counts", async () => {
    const directory = await testDirectory();
    await execa("fallocate", ["--keep-size", "--length", "5M", await made(join(directory, "film"))]);
    expect(await directoryBytes(directory)).toBeGreaterThanOrEqual(5_000_000);
  });

  it("is directories too deep to look into, which end the task, and can be removed all the same", async () => {
    const scratch = await createTaskScratch(await testDirectory(), taskId, 1, null);
    nest(scratch.workDirectory);
    const error = await measureScratch(scratch, { bytes: 1_000_000, usedBytes: 0 });
    expect(error?.code).toBe("input_hostile");
    await removeTaskScratch(scratch);
    expect(existsSync(scratch.root)).toBe(false);
  });

  it("is a directory that nobody may enter, which ends the task, and can be removed all the same", async () => {
    const directory = await givenScratch();
    const printed = await asPlainUser(`
      import { existsSync, mkdirSync, writeFileSync, chmodSync } from "node:fs";
      import { directoryBytes } from "$src/storage/scratch-use.ts";
      import { removeTree } from "$src/storage/remove-tree.ts";
      const task = ${JSON.stringify(join(directory, "task"))};
      mkdirSync(task + "/shut/inside", { recursive: true });
      writeFileSync(task + "/shut/inside/film", "film");
      chmodSync(task + "/shut/inside", 0o000);
      chmodSync(task + "/shut", 0o300);
      console.log(await directoryBytes(task).catch((error) => error.code));
      await removeTree(task);
      console.log(existsSync(task));
    `);
    expect(printed).toBe("input_hostile\nfalse");
  });

  it.skipIf(!isRoot)("keeps no runner from its start, even where it can't be removed", async () => {
    const directory = await givenScratch();
    const stays = join(directory, "reelway-own", "task", "theirs");
    await mkdir(stays, { recursive: true });
    await writeFile(join(stays, "film"), "another user's");
    await giveAway(join(directory, "reelway-own"));
    const printed = await asPlainUser(`
      import { openScratchHome } from "$src/storage/scratch-home.ts";
      import { createTaskScratch, removeTaskScratch } from "$src/storage/task-scratch.ts";
      const told = [];
      const log = { error: (_, message) => told.push(message), warn: (_, message) => told.push(message) };
      const home = await openScratchHome(${JSON.stringify(directory)}, "own", Date.now(), log);
      await removeTaskScratch(await createTaskScratch(home.path, "task-2", 1, null));
      await home.close();
      console.log(told.join("; "));
    `);
    expect(printed).toBe("what an earlier run left behind stays; scratch stays behind");
    expect(existsSync(join(stays, "film"))).toBe(true);
  });
});

describe("SCRATCH_DIR", () => {
  it("loses what a crash left, with the process that still writes there, and nothing of its neighbours", async () => {
    const directory = await testDirectory();
    const leftover = join(directory, "reelway-own", `${taskId}-1`, "out");
    await mkdir(leftover, { recursive: true });
    await mkdir(join(directory, "reelway-neighbour"));
    await mkdir(join(directory, "not-ours"));
    const orphan = spawn("sleep", ["60"], { argv0: `sleep ${leftover}/video.mp4`, stdio: "ignore" });
    const ended = once(orphan, "exit");
    await once(orphan, "spawn");

    const home = await openScratchHome(directory, "own", Date.now(), log);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(existsSync(leftover)).toBe(false);
    expect(existsSync(join(directory, "reelway-neighbour"))).toBe(true);
    expect(existsSync(join(directory, "not-ours"))).toBe(true);
    await home.close();
    expect(existsSync(home.path)).toBe(false);
  });

  it("loses directories of runners that are gone for good", async () => {
    const directory = await testDirectory();
    const abandoned = join(directory, "reelway-gone");
    await mkdir(abandoned);
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(abandoned, longAgo, longAgo);
    const home = await openScratchHome(directory, "own", Date.now(), log);
    expect(existsSync(abandoned)).toBe(false);
    await home.close();
  });
});
