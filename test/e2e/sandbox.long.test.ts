import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { folderOfFile, folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longClip, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, encoding, ended, reached, slowJob, submit } from "./convert.ts";

const hasBubblewrap = spawnSync("bwrap", ["--version"], { stdio: "ignore" }).status === 0;

describe.skipIf(!hasBubblewrap)("a runner that must have a sandbox", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
    await stack.startRunner({ env: { SANDBOX: "require" } });
  });
  afterAll(() => stack.stop());

  test("says in the fleet which one it has", async () => {
    const told = async () => (await stack.client.runners.list()).items.map(({ sandbox }) => sandbox);
    await expect.poll(told, { timeout: 30_000 }).toEqual([expect.stringMatching(/^bubblewrap(-cgroup)?$/)]);
  });

  test("encodes in it: without the host's network, processes, rights or files", async () => {
    const job = await submit(stack.client, await longClip(), slowJob);
    await reached(stack.client, job.id, encoding);
    const pids = encoders(stack.dataDir);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) {
      for (const namespace of ["net", "pid", "mnt", "ipc"])
        expect(readlinkSync(`/proc/${pid}/ns/${namespace}`)).not.toBe(readlinkSync(`/proc/self/ns/${namespace}`));
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).toMatch(/^CapEff:\s0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      expect(status).toMatch(/^Seccomp:\s2$/m);
      expect(status).not.toMatch(/^Uid:\s0\s/m);
      expect(readdirSync(`/proc/${pid}/root/`)).not.toContain("root");
    }
    expect((await ended(stack.client, job.id)).state).toBe("succeeded");
  });

  test("ends a file that leads elsewhere at the first attempt, and works on", async () => {
    const path = join(folderOfTest("hostile"), "film.mp4");
    writeFileSync(path, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n");
    const job = await ended(stack.client, (await submit(stack.client, path, { preset: "mp4-h264" })).id);
    expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code: "input_unreadable" } });
    expect((await convert(stack.client, await smallClip(), { preset: "mp4-h264" })).state).toBe("succeeded");
  });
});

describe("a runner on a host where no sandbox can be made of namespaces", () => {
  const programs = folderOfFile("programs");
  let stack: TestStack;
  beforeAll(async () => {
    linkPrograms(programs, ["bwrap", "unshare"]);
    stack = await startTestStack();
    await stack.startRunner({ env: { PATH: programs } });
  });
  afterAll(() => stack.stop());

  test("has Landlock's, says so, and encodes in it", async () => {
    const told = async () => (await stack.client.runners.list()).items.map(({ sandbox }) => sandbox);
    await expect.poll(told, { timeout: 30_000 }).toEqual(["landlock"]);
    const job = await submit(stack.client, await longClip(), slowJob);
    await reached(stack.client, job.id, encoding);
    const pids = encoders(stack.dataDir);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      for (const line of [/^NoNewPrivs:\s1$/m, /^Seccomp:\s2$/m]) expect(status).toMatch(line);
    }
    expect((await ended(stack.client, job.id)).state).toBe("succeeded");
  });
});

/** Makes a directory into a PATH with all programs of this host but some. */
function linkPrograms(directory: string, without: readonly string[]): void {
  for (const place of (process.env.PATH ?? "").split(delimiter).filter((each) => existsSync(each)))
    for (const name of readdirSync(place).filter((each) => !without.includes(each)))
      if (!existsSync(join(directory, name)) && existsSync(join(place, name)))
        symlinkSync(realpathSync(join(place, name)), join(directory, name));
}

/** The processes of ffmpeg that work in this stack's scratch. */
function encoders(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      return name.startsWith("ffmpeg") && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory);
    } catch {
      return false;
    }
  });
}
