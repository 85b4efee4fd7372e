import { join } from "node:path";
import { execa } from "execa";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { DeviceBreakers } from "../../src/hardware/device-breakers.ts";
import { fixture } from "../fixtures.ts";
import { cardHost } from "../hardware/device-ffmpeg/card-host.ts";
import { type DeviceScript, wrongPictures } from "../hardware/device-ffmpeg/script.ts";
import { bareBox } from "../support/bare-box.ts";
import { testDirectory } from "../support/directory.ts";
import { failureOf, type RunOptions, runKind } from "./run-kind.ts";
import { StreamJob } from "./stream/stream-job.ts";
import { type SourceName, streamSource } from "./stream/stream-sources.ts";

const host = await cardHost();
afterAll(host.remove);
const { card, detected } = host;
const { tools } = detected;
const all: DeviceScript = { failures: [] };

function watched() {
  const devices = new DeviceBreakers({
    ...{ devices: tools.devices, probe: async () => ({ passed: false, log: "" }), onChange: () => {} },
    ...{ restMs: 60_000, log: pino({ level: "silent" }) },
  });
  const setAside = () => devices.setAside().map(({ reason }) => reason);
  return { devices, setAside };
}

const mp4 = (video: object = {}) => ({
  ...({ kind: "transcode", container: "mp4" } as const),
  video: { codec: "h264" as const, ...video },
});

async function converted(script: DeviceScript["wrong"], hardware: NonNullable<RunOptions["hardware"]>, wish = mp4()) {
  await card.behave({ ...all, ...(script && { wrong: script }) });
  const { devices, setAside } = watched();
  const run = runKind(wish, await fixture("long.mp4"), { hardware, tools, devices, box: bareBox });
  await run.catch(() => undefined);
  devices.close();
  return { run, setAside };
}

describe("a result that does not show its source", () => {
  it.each(Object.entries(wrongPictures))("is not delivered: %s", async (_, software) => {
    const { run } = await converted({ software }, "never");
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: "output_wrong", program: { name: "ffmpeg" } });
    expect(error.detail).toMatch(/^the result does not show its source at 0\.0 s: likeness -?0\.\d\d, at least 0\.5$/);
  });

  it("is found where it is right at its beginning", async () => {
    const { run } = await converted({ software: "negate=enable='gte(t,12)'" }, "never");
    expect((await failureOf(run)).detail).toMatch(/ at (?:1[2-9]\.\d) s: /);
  });

  it("is made anew in software in the same attempt, and the device that made it is set aside at once", async () => {
    const { run, setAside } = await converted({ card: wrongPictures.green }, "prefer");
    expect(await run).toMatchObject({
      samples: ["wrong", "right"],
      encoder: "libx264",
      ran: [
        { encoder: "h264_nvenc", outcome: "failed", reason: expect.stringContaining("does not show its source") },
        { device: null, encoder: "libx264", outcome: "done" },
      ],
    });
    expect(setAside()).toEqual([expect.stringContaining("does not show its source")]);
  });

  it("is none where a still picture is shown again and again, up to one that comes late", async () => {
    await card.behave(all);
    const stills =
      "testsrc2=size=320x180:rate=10:duration=16,negate=enable='gte(t,15)',select='eq(n,0)+eq(n,20)+gte(n,152)'";
    const source = join(await testDirectory(), "stills.mp4");
    await execa(tools.ffmpegPath, [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      stills,
      "-fps_mode",
      "vfr",
      "-c:v",
      "libx264",
      source,
    ]);
    const { samples } = await runKind(mp4({ fps: 30 }), source, { hardware: "never", tools, box: bareBox });
    expect(samples).toEqual(["right"]);
  });

  it("is its device's fault where software may not help", async () => {
    const { run, setAside } = await converted({ card: wrongPictures.green }, "require");
    expect(await failureOf(run)).toMatchObject({ code: "device_failed", program: { name: "ffmpeg" } });
    expect(setAside()).toHaveLength(1);
  });
});

describe("parts of a stream that do not show their source", () => {
  async function partOf(source: SourceName, hardware: "require" | "never", wrong: DeviceScript["wrong"]) {
    await card.behave(all);
    const { devices, setAside } = watched();
    const video = { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" as const };
    const job = await StreamJob.of(await streamSource(source), { video, chunkSeconds: 8 }, tools);
    Object.assign(job, { hardware, devices, box: bareBox });
    const { plan } = await job.plan();
    if (plan.video === null) throw new Error("there is no picture");
    const chunk = plan.chunks[1] ?? null;
    const { video: planned, segmentSeconds } = plan;
    const encode = () => job.run({ kind: "encode", video: planned, segmentSeconds, chunk });
    await encode();
    expect(job.samples).toEqual(["right"]);
    await card.behave({ ...all, ...(wrong && { wrong }) });
    const error = await failureOf(encode());
    devices.close();
    return { error, setAside, isChunk: chunk !== null };
  }

  it("are not delivered: a chunk", async () => {
    const { error, isChunk } = await partOf("constant.mp4", "never", { software: wrongPictures.mirrored });
    expect(error).toMatchObject({ code: "output_wrong", program: { name: "ffmpeg" } });
    expect(error.detail).toMatch(/^the rendition of 320x180 does not show its source at 0\.0 s/);
    expect(isChunk).toBe(true);
  });

  it("are not delivered: the whole", async () => {
    const { error, isChunk } = await partOf("one-key-frame.mp4", "never", { software: wrongPictures.green });
    expect(error).toMatchObject({ code: "output_wrong" });
    expect(isChunk).toBe(false);
  });

  it("are their device's fault", async () => {
    const { error, setAside } = await partOf("constant.mp4", "require", { card: wrongPictures.shifted });
    expect(error).toMatchObject({ code: "device_failed" });
    expect(setAside()).toHaveLength(1);
  });
});
