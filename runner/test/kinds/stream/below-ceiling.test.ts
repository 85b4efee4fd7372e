import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { EncodedVideo } from "../../../src/ffmpeg/arguments/stream-encode.ts";
import { madeBelowCeiling } from "../../../src/kinds/stream/below-ceiling.ts";
import { testDirectory } from "../../support/directory.ts";
import { testPacing } from "../../support/pacing.ts";

const maxKbps = 1_000;
const plain = { pixelFormat: "yuv420p", primaries: null, transfer: null, matrix: null, toneMap: [], fromRgb: false };

/** A ladder of as many sizes, all with one ceiling. */
function ladderOf(encoder: string, sizes: number): EncodedVideo {
  const rendition = { width: 320, height: 180, rateFactor: 30, maxKbps, profile: null, level: null };
  return {
    ...{ track: 1, encoder, build: null, speed: "fast", timescale: 1_000, fps: 25, frameRate: [25, 1] },
    ...{ color: { ...plain, hdr10: null }, renditions: Array.from({ length: sizes }, () => rendition) },
  };
}

/** As a part is packaged: of each rendition segments of two seconds with so many bytes. */
function reportOf(bytesOf: readonly (readonly number[])[]): PackageReport {
  const renditions = bytesOf.map((bytes, place) => ({
    ...{ id: `video-${place + 1}`, codecs: "vp09.00.10.08", timescale: 1_000, language: "und" },
    ...{ initBytes: 1, initSha256: "0".repeat(64) },
    segments: bytes.map((size, at) => ({
      number: at + 1,
      start: at * 2_000,
      duration: 2_000,
      bytes: size,
      samples: 50,
    })),
  }));
  return { version: 2, renditions };
}

/** 1,500 kbit/s for two seconds: a full buffer, and then all that the ceiling lets through. */
const most = 375_000;

async function making(video: EncodedVideo, bytesOf: readonly (readonly number[])[], tookMs = 1_000) {
  const outputDirectory = await testDirectory();
  const ladders: (boolean | undefined)[][] = [];
  const directories: string[] = [];
  const task = { timeoutSeconds: 60 } as LeasedTask;
  const pacing = testPacing();
  const made = await madeBelowCeiling(
    { log: pino({ level: "silent" }), outputDirectory, pacing, task },
    video,
    async (asked, directory) => {
      ladders.push(asked.renditions.map(({ isStrict }) => isStrict));
      directories.push(directory);
      await mkdir(directory);
      await pacing.sleep(tookMs);
      return { report: reportOf(bytesOf), directory };
    },
  );
  return { made, ladders, directories };
}

describe("a chunk of an encoder that only aims at ceilings", () => {
  it("is made once where every segment is below its ceiling", async () => {
    const { ladders } = await making(ladderOf("libvpx-vp9", 2), [[most, most], [1]]);
    expect(ladders).toEqual([[undefined, undefined]]);
  });

  it("is made once more for one segment, strictly in that size and as before in the others, and nothing else is left", async () => {
    const { made, ladders, directories } = await making(ladderOf("libvpx-vp9", 3), [[1, 1], [1, most + 1_000], [most]]);
    expect(ladders).toEqual([
      [undefined, undefined, undefined],
      [undefined, true, undefined],
    ]);
    expect(made.directory).toBe(directories[1]);
    expect(directories.map((directory) => existsSync(directory))).toEqual([false, true]);
  });

  it("is left as it is where a second time would not end in time", async () => {
    const { made, directories } = await making(ladderOf("libvpx-vp9", 1), [[2 * most]], 20_001);
    expect([made.directory]).toEqual(directories);
    expect((await making(ladderOf("libvpx-vp9", 1), [[2 * most]], 20_000)).directories).toHaveLength(2);
  });

  it("is made once by an encoder that has no stricter way", async () => {
    const { ladders } = await making(ladderOf("libx264", 1), [[10 * most]]);
    expect(ladders).toHaveLength(1);
  });
});
