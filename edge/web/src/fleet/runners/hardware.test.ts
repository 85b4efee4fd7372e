import { expect, test } from "vitest";
import { abilitiesOf, hardwareText } from "./hardware.ts";

const software = ["encode:aac", "encode:av1", "encode:h264", "encoder:libsvtav1", "encoder:libx264", "ffmpeg:5f0c"];

test("a host without a device is a CPU, and one that has not spoken yet is nothing", () => {
  expect(hardwareText({ state: "online", capabilities: software })).toBe("CPU");
  expect(hardwareText({ state: "offline", capabilities: [] })).toBe("not known yet");
  expect(abilitiesOf(software)).toEqual({ devices: [], software: ["AV1", "H.264"], engine: false, labels: [] });
});

test("devices are named with what each of them encodes", () => {
  const capabilities = [
    ...software,
    "encoder:h264_nvenc",
    "encoder:hevc_nvenc",
    "encoder:av1_qsv",
    "engine",
    "label:vault",
  ];
  expect(abilitiesOf(capabilities)).toMatchObject({
    devices: ["NVENC (H.264, H.265)", "Quick Sync (AV1)"],
    engine: true,
    labels: ["vault"],
  });
  expect(hardwareText({ state: "online", capabilities })).toBe("NVENC (H.264, H.265), Quick Sync (AV1)");
});
