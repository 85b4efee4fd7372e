import { readFile, writeFile } from "node:fs/promises";
import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import { capabilitiesOf } from "../../src/hardware/detect.ts";
import { DeviceBreakers, type DeviceHealth } from "../../src/hardware/device-breakers.ts";
import { DeviceSessions } from "../../src/hardware/device-sessions.ts";
import { fixture } from "../fixtures.ts";
import { failureOf, type RunOptions, runKind } from "../kinds/run-kind.ts";
import { bareBox } from "../support/bare-box.ts";
import { noDevices } from "../support/no-devices.ts";
import { bareProofRoom } from "../support/proof-place.ts";
import { cardHost } from "./device-ffmpeg/card-host.ts";
import { endings, modestCard } from "./device-ffmpeg/script.ts";

const host = await cardHost();
afterAll(host.remove);
const { card, detected } = host;
const { tools } = detected;

const mp4 = (video: Partial<NonNullable<z.input<typeof TranscodeSpec>["video"]>> = {}) => ({
  ...({ kind: "transcode", container: "mp4" } as const),
  video: { codec: "h264" as const, ...video },
});

async function onCard(
  script: Parameters<typeof card.behave>[0],
  hardware: NonNullable<RunOptions["hardware"]>,
  source: Parameters<typeof fixture>[0] = "silent.mp4",
  spec: Parameters<typeof runKind>[0] = mp4(),
  ending = "",
) {
  await card.behave(script);
  const devices = new DeviceBreakers({
    ...{ devices: tools.devices, probe: async () => ({ passed: false, log: "" }), onChange: () => {} },
    ...{ restMs: 60_000, log: pino({ level: "silent" }) },
  });
  const run = runKind(spec, `${await fixture(source)}${ending}`, { hardware, tools, devices, box: bareBox });
  await run.catch(() => undefined);
  devices.close();
  return { run, devices };
}

const always = (words: readonly string[], afterFrames?: number) => ({
  failures: [{ when: "h264_nvenc", words: [...words], ...(afterFrames !== undefined && { afterFrames }) }],
});
const works = { failures: [] };

const [first] = tools.devices;
if (first === undefined) throw new Error("the card was not proved");
/** The card as one with a single session. */
const consumer: ProvenDevice = { ...first, sessions: { most: 1, pool: "nvidia" } };

function healthy(...devices: readonly ProvenDevice[]): DeviceHealth {
  return { ...noDevices, usable: () => devices };
}

function heldByAnother() {
  const all = new DeviceSessions();
  const holder = all.open();
  holder.take(consumer, 1);
  return { sessions: all.open(), holder };
}

describe("detection by proof", () => {
  it("believes what the card did, and nothing else", () => {
    const [device] = tools.devices;
    expect(device?.encoders).toEqual([
      { name: "h264_nvenc", variant: "b-references", formats: ["8-small"], hdr10: false },
    ]);
    expect(device?.decoders).toEqual([{ codec: "h264", formats: ["8-small", "8-4k"] }]);
    expect(device?.filters).toMatchObject({ scale: "scale_cuda", overlay: "overlay_cuda" });
    expect(capabilitiesOf(tools, tools.provenEncoders)).not.toContainEqual(expect.stringMatching(/^hardware:h264/));
  });

  it("says of each failure why, and what to do", () => {
    const [report] = detected.kept.map((kept) => kept.report);
    const entry = (subject: string) => report?.entries.find((one) => one.subject === subject);
    expect(entry("open")).toMatchObject({ outcome: "proved" });
    expect(entry("encode h264_nvenc")).toMatchObject({
      outcome: "proved",
      detail: expect.stringContaining("not 8-4k: Width 3840 exceeds 2048"),
    });
    expect(entry("encode hevc_nvenc")).toMatchObject({
      ...{ outcome: "failed", detail: "Provided device doesn't support required NVENC features" },
      fix: expect.stringContaining("generation"),
    });
  });

  it("keeps the proof, and asks the card nothing at the next start", async () => {
    const before = (await card.runs()).length;
    expect((await host.look()).tools.devices).toEqual(tools.devices);
    expect((await card.runs()).length).toBe(before);
  });

  it("tells a card without a driver by its first words, and tries no more of it", async () => {
    await card.behave({ failures: [{ when: "cuda=dev:0", words: [...endings.noDriver] }] });
    const { proveDevice } = await import("../../src/hardware/prove-device.ts");
    const { SampleClips } = await import("../../src/hardware/sample-clips.ts");
    const means = { room: bareProofRoom, timeoutMs: 20_000 };
    const [device] = tools.devices;
    if (device === undefined) throw new Error("no device");
    const { proven, report } = await proveDevice(device, { tools, clips: new SampleClips(tools, means), means });
    expect(proven.encoders).toEqual([]);
    expect(report.entries).toHaveLength(1);
    expect(report.entries[0]).toMatchObject({
      ...{ outcome: "failed", detail: "Cannot load libcuda.so.1" },
      fix: expect.stringContaining("nvidia-container-toolkit"),
    });
  });
});

describe("a job on a card", () => {
  it("is done there while the card works", async () => {
    const { run } = await onCard(works, "prefer");
    const { encoder, ran, probed } = await run;
    expect(encoder).toBe("h264_nvenc");
    expect(ran).toEqual([
      { device: "named in DEVICES (nvidia-0)", encoder: "h264_nvenc", outcome: "done", reason: null },
    ]);
    expect((await probed("video.mp4")).video[0]).toMatchObject({ codec: "h264", width: 320 });
    const last = (await card.runs()).at(-1) ?? [];
    expect(last).toContain("-hwaccel_output_format");
  });

  it.each(Object.entries(endings))("ends well in software: %s", async (_, words) => {
    const { run } = await onCard(always(words), "prefer");
    const { encoder, ran, pathOf } = await run;
    expect(encoder).toBe("libx264");
    expect(ran).toMatchObject([
      {
        encoder: "h264_nvenc",
        outcome: "failed",
        reason: expect.stringMatching(/out of memory|EncodePicture|CUDA_ERROR|libcuda/),
      },
      { device: null, encoder: "libx264", outcome: "done", reason: null },
    ]);
    const { ran: told } = JSON.parse(await readFile(pathOf("metadata.json"), "utf8"));
    expect(told).toEqual(ran);
  });

  it("ends well in software where the card gives up in the middle, and nothing of its work is left", async () => {
    const { run } = await onCard(always(endings.lost, 10), "prefer", "long.mp4");
    const { encoder, probed, reports } = await run;
    expect(encoder).toBe("libx264");
    const whole = await probed("video.mp4");
    expect(whole.durationSeconds).toBeGreaterThan(15);
    const percents = reports.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });

  it("fails clearly, to be tried elsewhere, where a device is required", async () => {
    const { run } = await onCard(always(endings.noSession), "require");
    const error = await failureOf(run);
    expect(error.code).toBe("device_failed");
    expect(error.detail).toMatch(/^h264_nvenc on .*nvidia-0.*: OpenEncodeSessionEx failed: out of memory/);
    expect(error.logTail).toContain("No capable devices found");
  });

  it("is decoded in memory for a card whose decoders refuse the source, also where a device is required", async () => {
    const words = ["[h264 @ 0x5581c0] Failed setup for format cuda: hwaccel initialisation returned error."];
    const { run, devices } = await onCard({ failures: [{ when: "hwaccel_output_format", words }] }, "require");
    const { ran, encoder } = await run;
    expect(encoder).toBe("h264_nvenc");
    expect(ran).toMatchObject([
      { encoder: "h264_nvenc", outcome: "failed", reason: expect.stringContaining("Failed setup for format cuda") },
      { encoder: "h264_nvenc", outcome: "done" },
    ]);
    expect(devices.setAside()).toEqual([]);
  });

  it("never comes near the card where devices are refused", async () => {
    const before = (await card.runs()).length;
    const { run } = await onCard(always(endings.lost), "never");
    expect((await run).encoder).toBe("libx264");
    expect((await card.runs()).length).toBe(before);
  });

  it("leaves pictures to software that the card was not seen to do, and says why", async () => {
    const { run } = await onCard(
      works,
      "prefer",
      "silent.mp4",
      mp4({ width: 3_840, height: 2_160, fit: "stretch", speed: "fast" }),
    );
    expect((await run).ran).toMatchObject([
      { encoder: "h264_nvenc", outcome: "skipped", reason: "was not seen to encode 3840x2160 in 8 bits" },
      { encoder: "libx264", outcome: "done" },
    ]);
  });

  it("is left to software while other tasks hold the card's sessions, and says so", async () => {
    const { sessions, holder } = heldByAnother();
    await card.behave(works);
    const wish = { tools: { ...tools, devices: [consumer] }, devices: healthy(consumer), sessions, box: bareBox };
    const { ran } = await runKind(mp4(), await fixture("silent.mp4"), { ...wish, hardware: "prefer" });
    expect(ran).toMatchObject([
      { encoder: "h264_nvenc", outcome: "skipped", reason: "other tasks hold its encoder sessions" },
      { device: null, encoder: "libx264", outcome: "done" },
    ]);
    holder.giveUp();
  });

  it("waits for a session where a device is required, and goes on with the first that comes free", async () => {
    const { sessions, holder } = heldByAnother();
    await card.behave(works);
    const before = (await card.runs()).length;
    const wish = { tools: { ...tools, devices: [consumer] }, devices: healthy(consumer), sessions, box: bareBox };
    const running = runKind(mp4(), await fixture("silent.mp4"), { ...wish, hardware: "require" });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await card.runs()).length).toBe(before);
    holder.giveUp();
    const { encoder, reports } = await running;
    expect(encoder).toBe("h264_nvenc");
    expect(reports.map(({ message }) => message)).toContain("waiting for an encoder session");
  });

  it("goes to the card that has less to do", async () => {
    const [idle, busy] = [{ ...consumer, id: "nvidia-1" }, consumer];
    const all = new DeviceSessions();
    all.open().take({ ...busy, sessions: null }, 1);
    await card.behave(works);
    const devices = healthy({ ...busy, sessions: null }, { ...idle, sessions: null });
    const { ran } = await runKind(mp4(), await fixture("silent.mp4"), {
      ...{ hardware: "require", tools, devices, sessions: all.open(), box: bareBox },
    });
    expect(ran).toMatchObject([{ device: "named in DEVICES (nvidia-1)", outcome: "done" }]);
  });

  it("is handed on with what it needs where a device is required, and this one is not up to it", async () => {
    await card.behave(works);
    const before = (await card.runs()).length;
    const large = mp4({ width: 3_840, height: 2_160, fit: "stretch", speed: "fast" });
    const wish = { hardware: "require" as const, tools, devices: healthy(consumer), box: bareBox };
    const error = await failureOf(runKind(large, await fixture("silent.mp4"), wish));
    expect(error).toMatchObject({ code: "device_failed", need: "hardware:h264.4k" });
    expect(error.detail).toContain("was not seen to encode 3840x2160 in 8 bits");
    const beyond = mp4({ width: 7_680, height: 4_320, fit: "stretch" });
    expect(await failureOf(runKind(beyond, await fixture("silent.mp4"), wish))).toMatchObject({
      code: "spec_unsupported",
    });
    expect((await card.runs()).length).toBe(before);
  });

  it("blames the card for words that nobody knows once software has done the same", async () => {
    const { run, devices } = await onCard(always(["[h264_nvenc @ 0x1] Something never heard of"]), "prefer");
    expect((await run).encoder).toBe("libx264");
    devices.failed("nvidia-0", { kind: "unknown", reason: "second" });
    devices.failed("nvidia-0", { kind: "unknown", reason: "third" });
    expect(devices.usable()).toEqual([]);
  });

  it("does not blame the card for a source that software can't read either", async () => {
    const whole = await readFile(await fixture("long.mp4"));
    await writeFile(await fixture("long.mp4").then((path) => `${path}.half`), whole.subarray(0, whole.length / 2));
    const words = ["/in: Invalid data found when processing input"];
    const { run, devices } = await onCard(always(words), "prefer", "long.mp4", mp4(), ".half");
    expect((await failureOf(run)).code).toMatch(/^input_/);
    devices.failed("nvidia-0", { kind: "unknown", reason: "first" });
    devices.failed("nvidia-0", { kind: "unknown", reason: "second" });
    expect(devices.usable()).toHaveLength(1);
  });

  it("is told at once that a required device is set aside", async () => {
    const { devices } = await onCard(always(endings.lost), "prefer");
    expect(devices.setAside()).toHaveLength(1);
    await card.behave(modestCard);
    const required = runKind(mp4(), await fixture("silent.mp4"), { hardware: "require", tools, devices, box: bareBox });
    expect((await failureOf(required)).code).toBe("device_failed");
    const preferred = await runKind(mp4(), await fixture("silent.mp4"), {
      hardware: "prefer",
      tools,
      devices,
      box: bareBox,
    });
    expect(preferred.ran).toMatchObject([
      { outcome: "skipped", reason: expect.stringMatching(/^set aside: /) },
      { encoder: "libx264", outcome: "done" },
    ]);
  });
});
