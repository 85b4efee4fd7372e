import { expect, it } from "vitest";
import { capabilitiesFor, capabilitiesForStep } from "./capability.ts";
import { FoundNeed, hardwareCapability, sessionCapabilities, sizeClassOf } from "./hardware-need.ts";
import { JobSpec } from "./job-spec.ts";
import { CapabilityName } from "./runner.ts";
import type { PlannedVideo } from "./stream-plan.ts";
import { StreamSpec } from "./stream-spec.ts";

const transcode = (video: object) => JobSpec.parse({ kind: "transcode", container: "mp4", video });
const ofDevice = (needs: readonly string[]) => needs.filter((need) => /^(hardware|sessions):/.test(need));

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
  expect(needs("require", video("yuv420p10le", [2_160, 1_080, 540]))).toEqual(["hardware:h265.4k.10bit", "sessions:3"]);
  expect(needs("require", video("yuv420p", [1_080]))).toEqual(["hardware:h265"]);
  expect(needs("never", video("yuv420p10le", [2_160, 1_080]))).toEqual([]);
  expect(ofDevice(capabilitiesForStep(spec, { kind: "plan" }, "require", []))).toEqual(["hardware:h265"]);
});

it("has one word for each kind of picture, which both sides take", () => {
  const words = (["small", "4k"] as const).flatMap((size) =>
    (["8bit", "10bit", "hdr10"] as const).map((color) => hardwareCapability("av1", size, color)),
  );
  expect(new Set(words).size).toBe(6);
  for (const word of [...words, ...sessionCapabilities(8, 8)]) {
    expect(CapabilityName.parse(word)).toBe(word);
    expect(FoundNeed.parse(word)).toBe(word);
  }
  expect(sessionCapabilities(1, 8)).toEqual([]);
  expect(sessionCapabilities(Number.POSITIVE_INFINITY, 3)).toEqual(["sessions:2", "sessions:3"]);
  for (const word of ["label:x", "kind:probe", "hardware:", "sessions:99", "encoder:h264_nvenc"])
    expect(FoundNeed.safeParse(word).success).toBe(false);
  expect([sizeClassOf({ width: 1_088, height: 1_920 }), sizeClassOf({ width: 7_680, height: 4_320 })]).toEqual([
    "small",
    null,
  ]);
});
