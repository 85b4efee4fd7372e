import { hostname } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { convert, encoding, ended, fetchOutput, reached, slowJob, slowJobFrames, submit } from "../e2e/convert.ts";
import { longClip, probeFile, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { printedLine, RunnerContainer, removeVolume, type Target, targets } from "./container.ts";

let stack: TestStack;
const containers: RunnerContainer[] = [];
const volumes = new Set<string>();

beforeAll(async () => {
  stack = await startTestStack();
});
afterEach(async () => {
  await Promise.all(containers.splice(0).map((container) => container.remove()));
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([...volumes].map(removeVolume));
});

/** A container with the control plane's address; with a token that registers one runner, or without any. */
async function startRunner(target: Target, volume: string, env: Record<string, string>): Promise<RunnerContainer> {
  volumes.add(volume);
  const container = await RunnerContainer.start({ target, volume, env: { REELWAY_URL: stack.url, ...env } });
  containers.push(container);
  onTestFailed(async () => console.error(await container.logs()));
  return container;
}

async function singleUseToken(): Promise<string> {
  const { token } = await stack.client.runners.createToken({ maxUses: 1 });
  if (token === null) throw new Error("no token was given");
  return token;
}

describe.each(targets)("the image %s", (target) => {
  test("joins with a single-use token, is healthy, and converts", async () => {
    const container = await startRunner(target, `reelway-image-test-${target}`, {
      REELWAY_REGISTRATION_TOKEN: await singleUseToken(),
      RUNNER_NAME: `in-${target}`,
    });
    const job = await convert(stack.client, smallClip(), { preset: "mp4-h264" });
    expect(await container.isHealthy()).toBe(true);
    expect((await stack.client.runners.get(job.execution?.runnerId ?? "")).name).toBe(`in-${target}`);
    const result = probeFile(await fetchOutput(stack, job));
    expect(result.streams).toEqual([
      expect.objectContaining({ codec_name: "h264", width: 320, nb_read_frames: "60" }),
      expect.objectContaining({ codec_name: "aac" }),
    ]);
    expect(await container.stop(60)).toBe(0);
  });
});

test("the line that `runners join` prints brings a host into the fleet within seconds, and it converts", async () => {
  const volume = "reelway-image-test-join";
  volumes.add(volume);
  const container = await RunnerContainer.fromLine(await printedLine(stack), volume);
  containers.push(container);
  onTestFailed(async () => console.error(await container.logs()));
  const mine = async () => (await stack.client.runners.list()).items.find(({ name }) => name === hostname());
  await expect
    .poll(async () => (await mine())?.state, { timeout: 60_000 })
    .toSatisfy((state) => state === "proving" || state === "online");
  const job = await convert(stack.client, smallClip(), { preset: "mp4-h264" });
  expect(job.execution?.runnerId).toBe((await mine())?.id);
  expect(await container.isHealthy()).toBe(true);
  expect(await container.stop(60)).toBe(0);
});

test("a stopped container lets its task end first; the next one on its volume is the same runner, without a token", async () => {
  const volume = "reelway-image-test-drain";
  const first = await startRunner("cpu", volume, {
    REELWAY_REGISTRATION_TOKEN: await singleUseToken(),
    FFMPEG_THREADS: "1",
    DRAIN_GRACE: "100",
  });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  expect(await first.stop(120)).toBe(0);

  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]?.nb_read_frames).toBe(slowJobFrames);

  await startRunner("cpu", volume, {});
  const next = await convert(stack.client, smallClip(), { preset: "mp3" });
  expect(next.execution?.runnerId).toBe(job.execution?.runnerId);
});

test("a container whose health server does not answer is not healthy", async () => {
  const container = await startRunner("cpu", "reelway-image-test-unhealthy", {
    REELWAY_REGISTRATION_TOKEN: await singleUseToken(),
    HEALTH_PORT: "0",
  });
  await expect.poll(async () => (await container.logs()).includes('"event":"ready"'), { timeout: 90_000 }).toBe(true);
  expect(await container.isHealthy()).toBe(false);
});
