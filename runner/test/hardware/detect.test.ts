import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { listedNames } from "../../src/ffmpeg/tools.ts";
import { capabilitiesOf, detect } from "../../src/hardware/detect.ts";
import { readProof, writeProof } from "../../src/hardware/proof-cache.ts";
import { proveEncoders } from "../../src/hardware/prove.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { ffmpegPath, ffprobePath, tools } from "../media-tools.ts";

async function cache(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "reelway-proof-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("detect", () => {
  it("proves every software encoder of a full ffmpeg", async () => {
    const { capabilities } = await detect({ ffmpegPath, ffprobePath, cacheDirectory: await cache() });
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
    expect([...(await proveEncoders(silent, 5_000, 4))]).toEqual([]);
  });

  it("names the setting of a program that does not run", async () => {
    const missing = detect({ ffmpegPath, ffprobePath: "/no/such/ffprobe", cacheDirectory: await cache() });
    expect((await failureOf(missing)).detail).toMatch(/^FFPROBE_PATH: /);
  });

  it("keeps its proof until ffmpeg changes", async () => {
    const directory = await cache();
    await writeProof(directory, tools, new Set(["libx264"]));
    expect(await readProof(directory, tools)).toEqual(new Set(["libx264"]));
    expect(await readProof(directory, { ...tools, version: "other" })).toBeNull();
    await writeFile(join(directory, "proven-encoders.json"), "{");
    expect(await readProof(directory, tools)).toBeNull();
  });

  it("tells devices from software", () => {
    expect(capabilitiesOf({ build: "5f0c" }, new Set(["h264_nvenc", "libx265", "aac"]))).toEqual([
      "encode:aac",
      "encode:h265",
      "encoder:h264_nvenc",
      "encoder:libx265",
      "ffmpeg:5f0c",
      "hardware:h264",
      "kind:fetch",
      "kind:probe",
      "kind:stream",
      "kind:thumbnails",
      "kind:transcode",
    ]);
  });
});

describe("listedNames", () => {
  it("reads ffmpeg's tables", () => {
    const table =
      " V..... = Video\n ------\n V....D libvpx-vp9           VP9\n TSC overlay           VV->V      x\n D  mov,mp4,m4a     QuickTime\n";
    expect([...listedNames(table)]).toEqual(["libvpx-vp9", "overlay", "mov", "mp4", "m4a"]);
  });
});
