import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { longClip, probeFile, smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, ended, fetchOutput, oneThread, reached, slowJob, slowJobFrames } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: {
      REELWAY_CRON_SECONDS: "1",
      LEASE_SECONDS: "6",
      RETRY_BASE_MS: "200",
      FAILOVER_AFTER_SECONDS: "8",
      QUEUE_SHARDS: "2",
    },
  });
});
afterEach(() => stack.killRunners());
afterAll(() => stack.stop());

const upload = async (path: string, region: "weur" | "enam") =>
  stack.client.assets.upload(await fileSource(path), { region });

test("a region whose runner dies: another region does its work, and the zombie changes nothing", async () => {
  const zombie = await stack.startRunner({ region: "weur", env: oneThread });
  const asset = await upload(longClip(), "weur");
  const { id } = await stack.client.jobs.create({ assetId: asset.id, ...slowJob });
  await reached(stack.client, id, encoding);
  zombie.pause();
  const waiting = await stack.client.jobs.create({ assetId: asset.id, preset: "mp3" });
  const other = await stack.startRunner({ region: "enam", env: oneThread });

  // Both: the one that was begun comes back when its lease is over, and waits like the other.
  for (const jobId of [waiting.id, id]) {
    const job = await ended(stack.client, jobId);
    expect(job).toMatchObject({ state: "succeeded", region: "enam", run: 2, attempt: 1 });
    expect(job.execution?.runnerId).toBe(other.id);
    const { items } = await stack.client.jobs.outputs(jobId);
    expect(items[0]?.url).toContain("/reelway-enam/");
  }
  const done = await stack.client.jobs.get(id);
  const [video] = probeFile(await fetchOutput(stack, done)).streams;
  expect(video).toMatchObject({ codec_name: "hevc", nb_read_frames: slowJobFrames });

  zombie.resume();
  await zombie.logged(/lost|lease_lost/);
  expect(await stack.client.jobs.get(id)).toEqual(done);

  // It serves again: what is new stays there.
  await expect
    .poll(async () => (await stack.client.regions.list()).items.find((region) => region.id === "weur")?.state, {
      timeout: 60_000,
    })
    .toBe("serving");
  const next = await ended(stack.client, (await stack.client.jobs.create({ assetId: asset.id, preset: "mp3" })).id);
  expect(next).toMatchObject({ state: "succeeded", region: "weur", run: 1 });
  expect(next.execution?.runnerId).toBe(zombie.id);
});

test("a region is drained: what runs there ends there, what waits leaves, and it comes back", async () => {
  const local = await stack.startRunner({ region: "weur", env: oneThread });
  const other = await stack.startRunner({ region: "enam", env: oneThread });
  const asset = await upload(longClip(), "weur");
  const running = await stack.client.jobs.create({ assetId: asset.id, ...slowJob });
  await reached(stack.client, running.id, encoding);
  const waiting = await stack.client.jobs.create({ assetId: asset.id, preset: "mp3" });

  const drained = await stack.client.regions.drain("weur", { reason: "maintenance" });
  expect(drained).toMatchObject({ state: "drained", operation: { drainReason: "maintenance" } });
  const moved = await ended(stack.client, waiting.id);
  expect(moved).toMatchObject({ state: "succeeded", region: "enam", run: 2 });
  expect(moved.execution?.runnerId).toBe(other.id);
  const stayed = await ended(stack.client, running.id);
  expect(stayed).toMatchObject({ state: "succeeded", region: "weur", run: 1 });
  expect(stayed.execution?.runnerId).toBe(local.id);
  await expect(upload(smallClip(), "weur")).rejects.toMatchObject({ code: "region_unavailable" });

  expect(await stack.client.regions.resume("weur")).toMatchObject({ state: "serving" });
  expect(await upload(smallClip(), "weur")).toMatchObject({ region: "weur" });
});

test("a runner that an operator drains ends its task and takes no other, until it is resumed", async () => {
  const runner = await stack.startRunner({ region: "enam", env: oneThread });
  const asset = await upload(longClip(), "enam");
  const running = await stack.client.jobs.create({ assetId: asset.id, ...slowJob });
  await reached(stack.client, running.id, encoding);
  expect(await stack.client.runners.drain(runner.id)).toMatchObject({ state: "draining" });
  const waiting = await stack.client.jobs.create({ assetId: asset.id, preset: "mp3" });
  expect(await ended(stack.client, running.id)).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(await stack.client.jobs.get(waiting.id)).toMatchObject({ state: "queued", attempt: 0 });

  await stack.client.runners.resume(runner.id);
  const done = await ended(stack.client, waiting.id);
  expect(done).toMatchObject({ state: "succeeded" });
  expect(done.execution?.runnerId).toBe(runner.id);
});
