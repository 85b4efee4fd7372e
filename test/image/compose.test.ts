import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { convert, encoding, ended, fetchOutput, reached, slowJob, slowJobFrames, submit } from "../e2e/convert.ts";
import { longClip, probeFile, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ComposeProject, freePort, sharedFolder } from "./container.ts";

let stack: TestStack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await startTestStack();
  const tokenFile = join(sharedFolder(), "registration-token");
  const { token } = await stack.client.runners.createToken({ maxUses: 1 });
  writeFileSync(tokenFile, `${token}\n`);
  chmodSync(tokenFile, 0o444);
  settings = {
    REELWAY_URL: stack.url,
    RUNNER_REGION: "enam",
    RUNNER_NAME: "composed",
    REGISTRATION_TOKEN_FILE: tokenFile,
    RUNNER_MEMORY: "1g",
    HEALTH_PORT: String(await freePort()),
  };
});
afterAll(async () => {
  await new ComposeProject("cpu", settings).run("down", "--volumes");
  await stack.stop();
});

/** What holds the container: memory, processes (either kind of control groups), capabilities, no new privileges. */
const readLimits = `cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes 2>/dev/null; cat pids.max pids/pids.max 2>/dev/null
  sed -n 's/^CapBnd:\\|^NoNewPrivs://p' /proc/self/status`;

test("the compose file starts a runner with its token from a file, within limits; a change replaces it by the same runner, and costs a task in flight no attempt", {
  timeout: 600_000,
}, async () => {
  const before = new ComposeProject("cpu", settings);
  onTestFailed(async () => console.error(await before.run("logs")));
  await before.run("up", "--detach", "--no-build");
  const first = await convert(stack.client, smallClip(), { preset: "mp4-h264" });

  const limits = await before.run("exec", "-T", "cpu", "sh", "-c", readLimits);
  expect(limits.trim().split(/\s+/)).toEqual(["1073741824", "2048", "0000000000000000", "1"]);

  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  const after = new ComposeProject("cpu", { ...settings, CONCURRENCY: "1" });
  await after.run("up", "--detach", "--no-build");
  // The old container was let end what it worked on.
  const inFlight = await ended(stack.client, id);
  expect(inFlight).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(probeFile(await fetchOutput(stack, inFlight)).streams[0]?.nb_read_frames).toBe(slowJobFrames);

  const second = await convert(stack.client, smallClip(), { preset: "mp3" });
  expect(second.execution?.runnerId).toBe(first.execution?.runnerId);
  const runner = await stack.client.runners.get(first.execution?.runnerId ?? "");
  expect(runner).toMatchObject({ name: "composed", slots: 1 });
});
