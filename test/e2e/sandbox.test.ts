import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longClip, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, encoding, ended, reached, slowJob, submit } from "./convert.ts";
import { encodersOf } from "./encoders-of.ts";

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
    await expect.poll(told, { timeout: 90_000 }).toEqual([expect.stringMatching(/^bubblewrap(-cgroup)?$/)]);
  });

  test("encodes in it: without the host's network, processes, rights or files", async () => {
    const job = await submit(stack.client, await longClip(), slowJob);
    await reached(stack.client, job.id, encoding);
    const pids = encodersOf(stack.dataDir);
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
