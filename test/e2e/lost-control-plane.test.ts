import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { longClip, probeFile, smallClip } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { encoding, ended, fetchOutput, oneThread, reached, slowJob, slowJobFrames, submit } from "./convert.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200", REELWAY_CRON_SECONDS: "1" } });
});
afterEach(() => stack.killRunners());
afterAll(() => stack.stop());

test("the control plane killed in mid-job and started again: nothing lost, nothing twice", async () => {
  await stack.startRunner({ env: oneThread });
  const { id } = await submit(stack.client, longClip(), slowJob);
  await reached(stack.client, id, encoding);

  stack.killControlPlane();
  await stack.restartControlPlane();

  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({ nb_read_frames: slowJobFrames });
});

test("killed right after it has accepted jobs, with every Queue message gone: each is done, once", async () => {
  const asset = await stack.client.assets.upload(await fileSource(smallClip()));
  const accepted = await Promise.all(
    Array.from({ length: 12 }, () => stack.client.jobs.create({ assetId: asset.id, preset: "mp3" })),
  );
  stack.killControlPlane();
  await stack.restartControlPlane();
  await stack.startRunner();
  for (const { id } of accepted)
    expect(await ended(stack.client, id)).toMatchObject({ state: "succeeded", attempt: 1 });
  expect((await stack.client.jobs.list({ assetId: asset.id, limit: 100 })).items).toHaveLength(accepted.length);
});
