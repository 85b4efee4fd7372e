import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { longClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, ended, reached, slowJob, submit } from "./convert.ts";
import { encodersOf } from "./encoders-of.ts";

describe("a runner on a host where no sandbox can be made of namespaces", () => {
  const programs = folderOfFile("programs");
  let stack: TestStack;
  beforeAll(async () => {
    const ENGINE_PATH = buildEngine();
    linkPrograms(programs, ["bwrap", "unshare"]);
    stack = await startTestStack();
    await stack.startRunner({ env: { PATH: programs, ENGINE_PATH } });
  }, 900_000);
  afterAll(() => stack.stop());

  test("has Landlock's, says so, and encodes in it", async () => {
    const told = async () => (await stack.client.runners.list()).items.map(({ sandbox }) => sandbox);
    await expect.poll(told, { timeout: 90_000 }).toEqual(["landlock"]);
    const job = await submit(stack.client, await longClip(), slowJob);
    await reached(stack.client, job.id, encoding);
    const pids = encodersOf(stack.dataDir);
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
