import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { deviceFfmpeg } from "../../runner/test/hardware/device-ffmpeg/device-ffmpeg.ts";
import { type DeviceScript, endings, modestCard } from "../../runner/test/hardware/device-ffmpeg/script.ts";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { filmClip, probeFile, smallClip } from "../support/clips.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, fetchOutput, submit } from "./convert.ts";

/** A runner whose ffmpeg has a card in it, which works or fails as drivers do. The rest of it all is real. */
let stack: TestStack;
let card: Awaited<ReturnType<typeof deviceFfmpeg>>;
let runner: TestRunner;
beforeAll(async () => {
  card = await deviceFfmpeg(process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg");
  await card.behave(modestCard);
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200", MAX_RETRIES: "1" } });
  runner = await stack.startRunner({
    env: {
      ...{ FFMPEG_PATH: card.path, DEVICES: "nvidia:0", DEVICE_REST_SECONDS: "3", SANDBOX: "off" },
      ...{ ENGINE_PATH: buildEngine(), CONCURRENCY: "1", POLL_SECONDS: "1" },
    },
  });
}, 900_000);
afterAll(async () => {
  await stack.stop();
  await card.remove();
});

const spec = { kind: "transcode", container: "mp4", video: { codec: "h264", height: 180 } } as const;
const works: DeviceScript = { failures: [] };
const ends = (words: readonly string[]): DeviceScript => ({ failures: [{ when: "h264_nvenc", words: [...words] }] });
const canEncode = async () => (await stack.client.runners.get(runner.id)).capabilities.includes("hardware:h264.x8");

test("a job is done on the card that was proved", async () => {
  await card.behave(works);
  const announced = async () => (await stack.client.runners.get(runner.id)).capabilities;
  const proved = ["hardware:h264.x8", "encoder:h264_nvenc", "decoder:nvidia.h264"];
  await expect.poll(announced, { timeout: 30_000 }).toEqual(expect.arrayContaining(proved));
  const job = await convert(stack.client, smallClip(), { spec });
  expect(job.execution).toMatchObject({ encoder: "h264_nvenc", ran: [{ encoder: "h264_nvenc", outcome: "done" }] });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({ codec_name: "h264", height: 180 });
});

test("a card without a session left costs the job nothing: the same attempt ends in software, and says so", async () => {
  await card.behave(ends(endings.noSession));
  const job = await convert(stack.client, smallClip(), { spec });
  expect(job.attempt).toBe(1);
  expect(job.execution).toMatchObject({
    encoder: "libx264",
    ran: [
      {
        ...{ device: "named in DEVICES (nvidia-0)", encoder: "h264_nvenc", outcome: "failed" },
        reason: "OpenEncodeSessionEx failed: out of memory (10): (no details)",
      },
      { device: null, encoder: "libx264", outcome: "done", reason: null },
    ],
  });
  const told = await stack.client.jobs.get(job.id);
  expect(told.execution?.ran).toEqual(job.execution?.ran);
});

test("where a device is required the job fails with the card's own words, and the card is set aside", async () => {
  const job = await ended(stack.client, (await submit(stack.client, smallClip(), { spec, hardware: "require" })).id);
  expect(job).toMatchObject({ state: "failed", attempt: 2, error: { code: "device_failed" } });
  expect(job.error?.message).toContain("OpenEncodeSessionEx failed: out of memory");
  await runner.logged(/the device is set aside/);
  await expect.poll(canEncode, { timeout: 30_000 }).toBe(false);
});

test("while it is set aside others work on, and what needs it waits; a probe brings it back", async () => {
  const preferring = await convert(stack.client, smallClip(), { spec });
  expect(preferring.execution?.ran).toMatchObject([
    { encoder: "h264_nvenc", outcome: "skipped", reason: expect.stringContaining("set aside") },
    { encoder: "libx264", outcome: "done" },
  ]);
  const { id } = await submit(stack.client, smallClip(), { spec, hardware: "require" });
  await runner.logged(/the device still fails/);
  expect((await stack.client.jobs.get(id)).state).toBe("queued");

  await card.behave(works);
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({ state: "succeeded", attempt: 1, execution: { encoder: "h264_nvenc" } });
  await runner.logged(/the device works again/);
  expect(await canEncode()).toBe(true);
});

test("a stream that requires a device is made on it, chunk for chunk, and fits together", async () => {
  const before = (await card.runs()).length;
  const video = { ladder: [{ shortSide: 360 }, { shortSide: 180 }], speed: "fast" as const };
  const job = await convert(stack.client, filmClip(), {
    spec: { kind: "stream", video, chunkSeconds: 8 },
    hardware: "require",
  });
  const plan = await stack.client.jobs.plan(job.id);
  const ran = { device: "named in DEVICES (nvidia-0)", encoder: "h264_nvenc", outcome: "done", reason: null };
  expect(job.execution).toMatchObject({ encoder: "h264_nvenc", ran: [{ ...ran, parts: plan.chunks.length }] });
  expect(plan.video).toMatchObject({ encoder: "h264_nvenc", build: expect.stringMatching(/^[0-9a-f]{12}$/) });
  expect(plan.chunks.length).toBeGreaterThan(2);
  const runs = (await card.runs())
    .slice(before)
    .filter((args) => args.includes("-force_key_frames") || args.includes("-g"));
  expect(runs.length).toBeGreaterThan(plan.chunks.length);
  expect(runs.every((args) => args.includes("-hwaccel_output_format"))).toBe(true);
  for (const args of runs) expect(args.filter((word) => word === "h264_nvenc")).toHaveLength(2);
});

test("a job that turns out to be too large for the card waits for one that is up to it, and says so", {
  timeout: 600_000,
}, async () => {
  const better = await deviceFfmpeg(process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg");
  onTestFinished(better.remove);
  const video = { codec: "h264", height: 2_160, fit: "contain", speed: "fast" } as const;
  const large = { kind: "transcode", container: "mp4", video } as const;
  const { id } = await submit(stack.client, smallClip(), { spec: large, hardware: "require" });
  await expect
    .poll(() => stack.client.jobs.waiting(id), { timeout: 60_000 })
    .toMatchObject({ reason: "no_capable_runner", missing: ["hardware:h264.4k"] });
  await expect.poll(async () => (await stack.client.jobs.get(id)).attempt, { timeout: 30_000 }).toBe(0);

  const tooSmall = "Width 3840 exceeds 2048";
  const isSize = ({ words }: DeviceScript["failures"][number]) => words.some((line) => line.includes(tooSmall));
  await better.behave({ failures: modestCard.failures.filter((failure) => !isSize(failure)) });
  const able = await stack.startRunner({
    env: { FFMPEG_PATH: better.path, DEVICES: "nvidia:0", SANDBOX: "off", CONCURRENCY: "1", POLL_SECONDS: "1" },
  });
  // Before its ffmpeg goes: it would take work of the next test, and fail it.
  onTestFinished(async () => void (await able.stop()));
  const job = await ended(stack.client, id);
  expect(job).toMatchObject({
    state: "succeeded",
    execution: { encoder: "h264_nvenc", runnerId: able.id },
  });
  expect(probeFile(await fetchOutput(stack, job)).streams[0]).toMatchObject({ height: 2_160 });
});

test("a ladder that no card of a host makes by itself waits for a host with one that does, and loses no attempt", {
  timeout: 600_000,
}, async () => {
  const hosts = await Promise.all([0, 1].map(() => deviceFfmpeg(process.env.REELWAY_TEST_FFMPEG ?? "/usr/bin/ffmpeg")));
  onTestFinished(async () => void (await Promise.all(hosts.map(({ remove }) => remove()))));
  const [unlike, able] = hosts;
  if (unlike === undefined || able === undefined) throw new Error("there are two hosts");
  const startHost = ({ path }: typeof unlike, devices: string) =>
    stack.startRunner({
      env: {
        ...{ FFMPEG_PATH: path, DEVICES: devices, SANDBOX: "off", CONCURRENCY: "1", POLL_SECONDS: "1" },
        ENGINE_PATH: buildEngine(),
      },
    });
  const noH265 = modestCard.failures.filter(({ when }) => when === "hevc_nvenc");
  const modest = modestCard.failures.filter(({ when }) => when !== "hevc_nvenc");
  const noDepth = { when: "p010", words: ["[hevc_nvenc @ 0x5581c0] 10 bit encode not supported"] };
  // One encodes as many as are wanted, but no H.265; the other H.265, but one at a time.
  await unlike.behave({
    failures: [
      ...[...modest, noDepth, ...noH265.map((failure) => ({ ...failure, card: "0" }))],
      { when: "_nvenc", times: 2, card: "1", words: [...endings.noSession] },
    ],
  });
  await able.behave({ failures: [...modest, noDepth] });
  const first = await startHost(unlike, "nvidia:0,nvidia:1");
  const announced = async () => (await stack.client.runners.get(first.id)).capabilities;
  await expect
    .poll(announced, { timeout: 300_000 })
    .toEqual(expect.arrayContaining(["hardware:h264.x8", "hardware:h265"]));

  const video = { codec: "h265" as const, ladder: [{ shortSide: 360 }, { shortSide: 180 }], speed: "fast" as const };
  const ladder = { kind: "stream", video, chunkSeconds: 8 } as const;
  const { id } = await submit(stack.client, filmClip(), { spec: ladder, hardware: "require" });
  await expect
    .poll(() => stack.client.jobs.waiting(id), { timeout: 60_000 })
    .toMatchObject({
      ...{ reason: "no_capable_runner", missing: ["hardware:h265.x2"] },
      message: "No runner that is online has a device that encodes H.265, 2 pictures at once",
    });
  expect((await stack.client.jobs.get(id)).attempt).toBe(0);
  // What one of its cards makes by itself it goes on making.
  const small = { kind: "transcode", container: "mp4", video: { codec: "h265", height: 180, speed: "fast" } } as const;
  expect(await convert(stack.client, smallClip(), { spec: small, hardware: "require" })).toMatchObject({
    execution: { runnerId: first.id, ran: [{ device: expect.stringContaining("nvidia-1"), outcome: "done" }] },
  });

  await startHost(able, "nvidia:0");
  const job = await ended(stack.client, id);
  const { chunks } = await stack.client.jobs.plan(job.id);
  const ran = [{ device: expect.stringContaining("nvidia-0"), encoder: "hevc_nvenc", outcome: "done", reason: null }];
  expect(job).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(job.execution?.ran).toEqual(ran.map((each) => ({ ...each, parts: chunks.length })));
  expect((await stack.client.runners.get(first.id)).lastFailure).toBeNull();
});
