import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { longClip, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, ended, oneThread, reached, slowJob, submit } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
});
afterEach(() => stack.killRunners());
afterAll(() => stack.stop());

test("cancel while encoding: the job is canceled at once, and ffmpeg is gone within a moment", async () => {
  const runner = await stack.startRunner({ env: oneThread });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  expect((await runner.childProcesses()).length).toBeGreaterThan(0);

  expect((await stack.client.jobs.cancel(id)).state).toBe("canceled");
  await expect.poll(() => runner.childProcesses(), { timeout: 60_000 }).toEqual([]);
  await expect.poll(() => runner.scratchFiles(), { timeout: 60_000 }).toEqual([]);
  expect((await stack.client.jobs.cancel(id)).state).toBe("canceled");
  await expect(
    stack.client.jobs.create({ assetId: (await stack.client.jobs.get(id)).assetId, preset: "mp3" }),
  ).resolves.toBeTruthy();
});

test("a cancelled job can be tried again by hand", async () => {
  const { id } = await submit(stack.client, smallClip(), { preset: "mp3" });
  await stack.client.jobs.cancel(id);
  expect((await stack.client.jobs.retry(id)).state).toBe("queued");
  await stack.startRunner();
  expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded", run: 2, attempt: 1 });
  await expect(stack.client.jobs.retry(id)).rejects.toMatchObject({ code: "illegal_move" });
});

test("a runner asked to stop hands its task back, and another finishes it in its first attempt", async () => {
  const first = await stack.startRunner({ env: { ...oneThread, DRAIN_GRACE: "0" } });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);
  const stopped = first.stop();
  const second = await stack.startRunner({ env: oneThread });
  expect(await stopped).toBe(0);
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(job.execution?.runnerId).toBe(second.id);
});
