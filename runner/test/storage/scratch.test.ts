import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLog } from "../../src/log.ts";
import { openScratchHome } from "../../src/storage/scratch-home.ts";
import { measureScratch, watchScratch } from "../../src/storage/scratch-watch.ts";
import { createTaskScratch, directoryBytes, inputPath, removeTaskScratch } from "../../src/storage/task-scratch.ts";
import { testDirectory } from "../support/directory.ts";

const log = createLog("silent");
const taskId = "tsk_01jd0000000000000000000000_weur_0";

describe("a task's scratch directory", () => {
  it("is private, has fixed names, and is empty whatever was there", async () => {
    const parent = join(await testDirectory(), "reelway-own");
    const other = await createTaskScratch(parent, taskId, 2);
    const before = await createTaskScratch(parent, taskId, 3);
    await writeFile(join(before.outputDirectory, "old.mp4"), "old");
    const scratch = await createTaskScratch(parent, taskId, 3);
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
    const scratch = await createTaskScratch(await testDirectory(), taskId, 1);
    const claim = { bytes: 1_000, usedBytes: 0 };
    await writeFile(join(scratch.inputDirectory, "source"), Buffer.alloc(600));
    expect(await measureScratch(scratch, claim)).toBeNull();
    expect(claim.usedBytes).toBe(600);
    await mkdir(join(scratch.workDirectory, "pass"));
    await writeFile(join(scratch.workDirectory, "pass", "log"), Buffer.alloc(500));
    expect((await measureScratch(scratch, claim))?.code).toBe("scratch_full");
  });

  it("is watched: who outgrows the bound is told", async () => {
    const scratch = await createTaskScratch(await testDirectory(), taskId, 1);
    await writeFile(join(scratch.outputDirectory, "video.mp4"), Buffer.alloc(2_000));
    const overrun = await new Promise<Error>((resolve) => {
      onTestFinished(watchScratch(scratch, { bytes: 1_000, usedBytes: 0 }, resolve));
    });
    expect(overrun.message).toContain("2000 bytes");
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
