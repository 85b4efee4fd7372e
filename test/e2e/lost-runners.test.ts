import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { longClip, probeFile, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import {
  convert,
  encoding,
  ended,
  fetchOutput,
  oneThread,
  reached,
  slowJob,
  slowJobFrames,
  submit,
} from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
});
afterEach(() => stack.killRunners());
afterAll(() => stack.stop());

test("a runner killed while it encodes: the job succeeds on another, once", async () => {
  const first = await stack.startRunner({ env: oneThread });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  first.kill("SIGKILL");
  const second = await stack.startRunner({ env: oneThread });

  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 2, error: null });
  expect(job.execution?.runnerId).toBe(second.id);
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({
    codec_name: "hevc",
    nb_read_frames: slowJobFrames,
  });
});

test("a zombie that wakes after its lease is gone changes nothing", async () => {
  const zombie = await stack.startRunner({ env: oneThread });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  zombie.pause();

  const other = await stack.startRunner({ env: oneThread });
  const done = await ended(stack.client, id);
  expect(done).toMatchObject({ state: "succeeded", attempt: 2 });
  expect(done.execution?.runnerId).toBe(other.id);

  zombie.resume();
  await zombie.logged(/lost|lease_lost/);
  // The keeper kills before it tells; the box around a program takes a moment to fall.
  await expect.poll(() => zombie.childProcesses(), { timeout: 10_000 }).toEqual([]);
  expect(await stack.client.jobs.get(id)).toEqual(done);
  // It is of use again.
  await other.stop();
  const next = await convert(stack.client, smallClip(), { preset: "mp3" });
  expect(next.execution?.runnerId).toBe(zombie.id);
});
