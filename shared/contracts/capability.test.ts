import { expect, it } from "vitest";
import { capabilitiesFor, capabilitiesForStep } from "./capability.ts";
import { FoundNeed, withFound } from "./found-need.ts";
import { type DeviceWork, hardwareCapability, readHardware, sizeClassOf } from "./hardware-need.ts";
import { JobSpec } from "./job-spec.ts";
import { meets, without } from "./matching.ts";
import { needInWords } from "./need-in-words.ts";
import { CapabilityName } from "./runner.ts";
import type { PlannedVideo } from "./stream-plan.ts";
import { StreamSpec } from "./stream-spec.ts";

const transcode = (video: object) => JobSpec.parse({ kind: "transcode", container: "mp4", video });
const ofDevice = (needs: readonly string[]) => needs.filter((need) => /^(hardware|ffmpeg):/.test(need));

it.each([
  [{ codec: "h264" }, "hardware:h264"],
  // As large as its source allows: who opens it finds out.
  [{ codec: "h264", width: 3_840, height: 2_160 }, "hardware:h264"],
  [{ codec: "h265", height: 2_160, fit: "contain" }, "hardware:h265"],
  [{ codec: "h265", width: 3_840, height: 2_160, fit: "stretch" }, "hardware:h265.4k"],
  [{ codec: "h265", width: 2_160, height: 3_840, fit: "pad" }, "hardware:h265.4k"],
  [{ codec: "h265", width: 1_920, height: 1_080, fit: "cover" }, "hardware:h265"],
])("asks for a device that does what the spec alone decides: %o", (video, need) => {
  expect(ofDevice(capabilitiesFor(transcode(video), "require", []))).toEqual([need]);
  expect(ofDevice(capabilitiesFor(transcode(video), "prefer", []))).toEqual([]);
});

it("asks for all that a ladder takes of a device, once it is planned", () => {
  const spec = StreamSpec.parse({ kind: "stream", video: { codec: "h265" } });
  const rendition = (height: number) => ({
    ...{ id: "video-1", name: `${height}p`, width: (height * 16) / 9, height, rateFactor: 22, maxKbps: 5_000 },
    ...{ profile: null, level: null, codecs: null, initBytes: null, initSha256: null },
  });
  const video = (pixelFormat: string, sides: readonly number[]): PlannedVideo => ({
    ...{ track: 1, encoder: "hevc_nvenc", build: "0123456789ab", speed: "balanced", timescale: 24, fps: 24 },
    ...{ frameRate: null, renditions: sides.map(rendition) },
    color: { pixelFormat, primaries: null, transfer: null, matrix: null, toneMap: [], fromRgb: false, hdr10: null },
  });
  const needs = (hardware: "require" | "never", pictures: PlannedVideo) =>
    ofDevice(
      capabilitiesForStep(spec, { kind: "encode", video: pictures, segmentSeconds: 4, chunk: null }, hardware, []),
    );
  expect(needs("require", video("yuv420p10le", [2_160, 1_080, 540]))).toEqual([
    "hardware:h265.4k.10bit.0123456789ab.x3",
  ]);
  expect(needs("require", video("yuv420p", [1_080]))).toEqual(["hardware:h265.0123456789ab"]);
  expect(needs("never", video("yuv420p10le", [2_160, 1_080]))).toEqual(["ffmpeg:0123456789ab"]);
  expect(ofDevice(capabilitiesForStep(spec, { kind: "plan" }, "require", []))).toEqual(["hardware:h265"]);
});

const works: DeviceWork[] = (["small", "4k"] as const).flatMap((size) =>
  (["8bit", "10bit", "hdr10"] as const).flatMap((color) =>
    [null, "0123456789ab"].flatMap((maker) =>
      [1, 2, 8].map((atOnce) => ({ codec: "av1", size, color, maker, atOnce })),
    ),
  ),
);

it("has one word for all that a device does together, which both sides take and read", () => {
  const words = works.map(hardwareCapability);
  expect(new Set(words).size).toBe(works.length);
  expect(words.map(readHardware)).toEqual(works);
  for (const word of words) expect(CapabilityName.parse(word)).toBe(word);
  for (const work of works)
    expect(FoundNeed.safeParse(hardwareCapability(work)).success, hardwareCapability(work)).toBe(work.maker === null);
  for (const word of [
    "label:x",
    "kind:probe",
    "hardware:",
    "memory:3",
    "memory:2",
    "hardware:h264.x1",
    "hardware:h264.x9",
    "encoder:h264_nvenc",
  ])
    expect(FoundNeed.safeParse(word).success, word).toBe(false);
  expect([sizeClassOf({ width: 1_088, height: 1_920 }), sizeClassOf({ width: 7_680, height: 4_320 })]).toEqual([
    "small",
    null,
  ]);
});

it("takes a device that does more at once for one that does fewer, and nothing else for more", () => {
  const able = new Set(["hardware:h265.4k.x3", "label:rack.x3"]);
  for (const need of ["hardware:h265.4k", "hardware:h265.4k.x2", "hardware:h265.4k.x3"])
    expect(meets(able, need), need).toBe(true);
  for (const need of ["hardware:h265.4k.x4", "hardware:h265", "hardware:h265.4k.10bit", "label:rack", "label:rack.x2"])
    expect(meets(able, need), need).toBe(false);
});

it("takes off what is held, and leaves the fewer at once that it leaves", () => {
  const all = ["hardware:h264.x8", "hardware:h265.x2", "memory:4", "memory:8"];
  expect([...without(all, ["hardware:h264.x3", "hardware:h265", "memory:8"])].sort()).toEqual([
    "hardware:h264.x2",
    "memory:4",
  ]);
  expect([...without(all, ["hardware:h264.x2"])]).toContain("hardware:h264");
  expect([...without(all, ["hardware:av1.x2", "hardware:h265.x3"])].sort()).toEqual(all);
});

it("has what was found out take the place of what it holds, and of nothing else", () => {
  const found = ["hardware:h265.4k.10bit.x3"];
  expect(withFound(["hardware:h265", "hardware:h265.4k", "kind:stream"], found)).toEqual(["kind:stream", ...found]);
  const apart = ["hardware:h264", "hardware:h265.hdr10", "hardware:h265.x4", "hardware:h265.0123456789ab"];
  expect(withFound(apart, found)).toEqual([...apart, ...found]);
  expect(withFound(["kind:transcode", "memory:4"], ["memory:16"])).toEqual(["kind:transcode", "memory:16"]);
  expect(withFound(["memory:32"], ["memory:16"])).toEqual(["memory:32", "memory:16"]);
  expect(FoundNeed.safeParse("memory:16").success).toBe(true);
});

it("says to people what it asks of a device", () => {
  const words = ["hardware:h264", "hardware:h265.4k.10bit.x3", "hardware:av1.hdr10.0123456789ab", "label:rack-2"];
  expect(words.map(needInWords)).toEqual([
    "a device that encodes H.264",
    "a device that encodes H.265 in 4K with 10 bits, 3 pictures at once",
    "a device that encodes AV1 with HDR10's metadata, of the kind that its stream was planned for",
    "label:rack-2",
  ]);
});
