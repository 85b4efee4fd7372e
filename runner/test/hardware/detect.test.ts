import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CapabilityName, RunnerDescription } from "@reelway/shared/contracts/runner";
import { describe, expect, it, onTestFinished } from "vitest";
import { listedNames, openTools } from "../../src/ffmpeg/tools.ts";
import { capabilitiesOf, detect } from "../../src/hardware/detect.ts";
import { withDevices } from "../../src/hardware/device-capabilities.ts";
import { makerOf } from "../../src/hardware/maker.ts";
import { proveEncoders } from "../../src/hardware/prove.ts";
import { complete, intelDevice, nvidiaCard } from "../ffmpeg/devices/proven-devices.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { ffmpegPath, tools } from "../media-tools.ts";
import { bareProofPlace, bareProofRoom } from "../support/proof-place.ts";

async function cache(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "reelway-proof-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("detect", () => {
  it("proves every software encoder of a full ffmpeg", async () => {
    const { tools: proven, wrong } = await detect({ tools, place: bareProofPlace, cacheDirectory: await cache() });
    expect(wrong).toEqual([]);
    const capabilities = capabilitiesOf(proven, proven.provenEncoders);
    const codecs = ["aac", "av1", "gif", "h264", "h265", "mp3", "opus", "pcm", "prores", "vp9"];
    expect(capabilities).toEqual(
      expect.arrayContaining([
        ...codecs.map((codec) => `encode:${codec}`),
        "kind:fetch",
        "kind:probe",
        "kind:thumbnails",
        "kind:transcode",
      ]),
    );
  });

  it("believes in no encoder that only is listed", async () => {
    const silent = { ...tools, ffmpegPath: "/bin/true" };
    expect([...(await proveEncoders(silent, { room: bareProofRoom, timeoutMs: 5_000 }, 4)).encoders]).toEqual([]);
  });

  it("names the setting of a program that does not run", async () => {
    const missing = openTools({ ffmpegPath, ffprobePath: "/no/such/ffprobe" });
    expect((await failureOf(missing)).detail).toMatch(/^FFPROBE_PATH: /);
  });

  it("tells devices from software", () => {
    const software = capabilitiesOf({ build: "5f0c", provenVmaf: false }, new Set(["libx265", "aac"]));
    expect(software).toEqual([
      "encode:aac",
      "encode:h265",
      "encoder:libx265",
      "ffmpeg:5f0c",
      "kind:fetch",
      "kind:probe",
      "kind:stream",
      "kind:thumbnails",
      "kind:transcode",
    ]);
    const [h264, h265] = nvidiaCard.encoders.map((proof) => makerOf({ build: "5f0c" }, nvidiaCard, proof));
    const added = withDevices(software, { build: "5f0c" }, [nvidiaCard]).filter((one) => !software.includes(one));
    expect(added).toEqual([
      "decoder:nvidia.h264",
      "decoder:nvidia.hevc",
      "device:nvidia-l4",
      "driver:nvidia-550.54.15",
      "encoder:h264_nvenc",
      "encoder:hevc_nvenc",
      ...[
        ...["hardware:h264.4k.x8", "hardware:h264.x8", `hardware:h264.4k.${h264}.x8`, `hardware:h264.${h264}.x8`],
        ...["hardware:h265.x8", "hardware:h265.10bit.x8", "hardware:h265.4k.x8", "hardware:h265.4k.10bit.x8"],
        ...["hardware:h265.4k.hdr10.x8", "hardware:h265.hdr10.x8"],
        ...[`hardware:h265.${h265}.x8`, `hardware:h265.10bit.${h265}.x8`],
        ...[`hardware:h265.4k.${h265}.x8`, `hardware:h265.4k.10bit.${h265}.x8`],
      ].sort(),
    ]);
    for (const name of added) expect(CapabilityName.safeParse(name).success).toBe(true);
  });

  it("fits what a control plane takes, on a host with eight cards of eight kinds and a render node", () => {
    const proven = new Set([...tools.provenEncoders]);
    const cards = Array.from({ length: 8 }, (_, index) => ({
      ...complete("nvidia", "0"),
      id: `nvidia-${index}`,
      name: `Card ${index}`,
    }));
    const devices = [...cards, intelDevice("qsv"), intelDevice("vaapi")];
    const capabilities = withDevices(capabilitiesOf(tools, proven), tools, devices);
    const description = { slots: 1, version: "1", protocol: 1, draining: false };
    // Memory, sandbox and engine come on top.
    const room = Array.from({ length: 20 }, (_, index) => `memory:${index}`);
    expect(RunnerDescription.safeParse({ ...description, capabilities: [...capabilities, ...room] }).success).toBe(
      true,
    );
  });

  it("tells the makers of init segments apart by device, driver and build", () => {
    const maker = (device: typeof nvidiaCard, build = "5f0c") =>
      makerOf({ build }, device, { name: "h264_nvenc", variant: "plain" });
    const makers = [
      maker(nvidiaCard),
      maker({ ...nvidiaCard, name: "NVIDIA T4" }),
      maker({ ...nvidiaCard, driver: "nvidia 570" }),
      maker(nvidiaCard, "other"),
    ];
    expect(new Set(makers).size).toBe(4);
    expect(maker({ ...nvidiaCard, id: "nvidia-1", address: "1" })).toBe(makers[0]);
  });
});

describe("listedNames", () => {
  it("reads ffmpeg's tables", () => {
    const table =
      " V..... = Video\n ------\n V....D libvpx-vp9           VP9\n TSC overlay           VV->V      x\n D  mov,mp4,m4a     QuickTime\n";
    expect([...listedNames(table)]).toEqual(["libvpx-vp9", "overlay", "mov", "mp4", "m4a"]);
  });
});
