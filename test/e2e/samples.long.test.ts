import { afterAll, beforeAll, expect, test } from "vitest";
import { deviceFfmpeg } from "../../runner/test/hardware/device-ffmpeg/device-ffmpeg.ts";
import { wrongPictures } from "../../runner/test/hardware/device-ffmpeg/script.ts";
import { similarity } from "../../runner/test/kinds/stream/measure.ts";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { smallClip, smallFilm } from "../support/clips.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, fetchOutput, submit } from "./convert.ts";

/** A host that goes bad while it works, and one beside it that is well. Every program of both ends well, always. */
let stack: TestStack;
let ffmpeg: Awaited<ReturnType<typeof deviceFfmpeg>>;
let bad: TestRunner;
let good: TestRunner;
const host = { ENGINE_PATH: buildEngine(), SANDBOX: "off", CONCURRENCY: "1", POLL_SECONDS: "1", DEVICES: "none" };
beforeAll(async () => {
  ffmpeg = await deviceFfmpeg(process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg");
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
  bad = await stack.startRunner({ env: { ...host, FFMPEG_PATH: ffmpeg.path, DEVICE_REST_SECONDS: "4" } });
}, 900_000);
afterAll(async () => {
  await stack.stop();
  await ffmpeg.remove();
});

const spec = { kind: "transcode", container: "mp4", video: { codec: "h264", height: 180 } } as const;
const goesBad = (filter: string) => ffmpeg.behave({ failures: [], wrong: { software: filter } });
const isMended = () => ffmpeg.behave({ failures: [] });
const encodes = async () => (await stack.client.runners.get(bad.id)).capabilities.includes("encode:h264");
/** How often its log has this. */
const times = (pattern: RegExp) => [...bad.log().matchAll(new RegExp(pattern, "g"))].length;
const setAside = /software's encoders are set aside/;

test("a host that makes green pictures delivers none of them, and is given no more to encode", async () => {
  await expect.poll(encodes, { timeout: 30_000 }).toBe(true);
  await goesBad(wrongPictures.green);
  const { id } = await submit(stack.client, smallClip(), { spec });
  await bad.logged(setAside);
  await expect.poll(encodes, { timeout: 30_000 }).toBe(false);
  await expect
    .poll(() => stack.client.jobs.waiting(id), { timeout: 60_000 })
    .toMatchObject({ reason: "no_capable_runner", missing: ["encode:h264"] });
  expect((await stack.client.runners.get(bad.id)).lastFailure).toMatchObject({ code: "output_wrong" });
  // What is no picture it goes on with.
  expect((await convert(stack.client, smallClip(), { preset: "mp3" })).execution?.runnerId).toBe(bad.id);

  good = await stack.startRunner({ env: host });
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 2, execution: { runnerId: good.id } });
  expect(await similarity(await fetchOutput(stack, job), smallClip(), "320x180")).toBeGreaterThan(0.95);
  await bad.logged(/software's encoders are not seen to make the right pictures yet/);
  expect(times(setAside)).toBe(1);
});

test("it comes back once its encoders are seen to make the right pictures", async () => {
  await isMended();
  await expect.poll(encodes, { timeout: 120_000 }).toBe(true);
  await bad.logged(/software's encoders make the right pictures again/);
});

test("a film that it spoils chunks of is made of the right ones", async () => {
  const before = times(setAside);
  await goesBad(wrongPictures.mirrored);
  const video = { ladder: [{ shortSide: 180 }], speed: "fast" as const };
  const request = { spec: { kind: "stream" as const, video, chunkSeconds: 8 } };
  // Nothing of it is made by the good host before the bad one has had its turn.
  await stack.client.runners.drain(good.id);
  const { id } = await submit(stack.client, smallFilm(), request);
  await expect.poll(() => times(setAside), { timeout: 120_000 }).toBe(before + 1);
  await stack.client.runners.resume(good.id);
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded" });
  const { hls } = await stack.client.jobs.playback(job.id);
  expect(await similarity(hls, smallFilm(), "320x180")).toBeGreaterThan(0.95);
  expect(times(setAside)).toBe(before + 1);
  await isMended();
});

test("while all are well nothing is called wrong", async () => {
  await expect.poll(encodes, { timeout: 300_000 }).toBe(true);
  const before = times(setAside);
  for (const height of [180, 144, 120]) {
    const { attempt } = await convert(stack.client, smallClip(), {
      spec: { ...spec, video: { ...spec.video, height } },
    });
    expect(attempt).toBe(1);
  }
  expect(times(setAside)).toBe(before);
  expect(good.log()).not.toMatch(setAside);
});
