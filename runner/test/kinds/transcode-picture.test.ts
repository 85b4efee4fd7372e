import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { planColor } from "../../src/ffmpeg/arguments/color.ts";
import { fixture } from "../fixtures.ts";
import { ffmpegPath, tools } from "../media-tools.ts";
import { failureOf, framesOf, pixel, runKind } from "./run-kind.ts";

const mp4 = (video: object = {}, more: object = {}) =>
  ({
    kind: "transcode",
    container: "mp4",
    video: { codec: "h264", speed: "fast", ...video },
    poster: false,
    metadata: false,
    ...more,
  }) as const;

async function pictureOf(video: object, source: Parameters<typeof fixture>[0], more: object = {}) {
  const run = await runKind(mp4(video, more), await fixture(source));
  const info = await run.probed("video.mp4");
  const picture = info.video[0];
  if (!picture) throw new Error("no picture");
  return { run, info, picture, path: run.pathOf("video.mp4") };
}

describe("sizes", () => {
  it("decide what memory is taken, once the source shows them", async () => {
    const large = join(folderOfTest("large"), "large.mp4");
    await execa(ffmpegPath, [
      ...["-v", "error", "-f", "lavfi", "-i", "color=size=3840x2160:rate=10:duration=0.2"],
      ...["-c:v", "libx264", "-preset", "ultrafast", large],
    ]);
    const kept = await runKind(mp4({ codec: "h265" }), large);
    expect(kept.memory).toEqual([expect.toSatisfy((bytes: number) => bytes > 3 * 1024 ** 3)]);
    const { memory } = await runKind(mp4({ codec: "h265", height: 180 }), large);
    expect(memory).toEqual([expect.toSatisfy((bytes: number) => bytes < 1024 ** 3)]);
  });

  it.each([
    ["scale-down keeps the source's size in a larger box", { width: 640, height: 640 }, 320, 180],
    ["scale-down goes inside a smaller box", { width: 160, height: 160 }, 160, 90],
    ["one side is followed by the other", { height: 90 }, 160, 90],
    ["contain grows into the box", { width: 640, height: 640, fit: "contain" }, 640, 360],
    ["cover fills the box", { width: 100, height: 100, fit: "cover" }, 100, 100],
    ["pad fills the box with bars", { width: 200, height: 200, fit: "pad" }, 200, 200],
    ["stretch ignores the aspect", { width: 64, height: 128, fit: "stretch" }, 64, 128],
    ["an odd box becomes even", { width: 101, height: 57, fit: "stretch" }, 100, 56],
  ])("%s", async (_name, video, width, height) => {
    expect((await pictureOf(video, "silent.mp4")).picture).toMatchObject({ width, height, sampleAspectRatio: "1:1" });
  });

  it("pads with black and centres the picture", async () => {
    const { path } = await pictureOf({ width: 200, height: 200, fit: "pad" }, "silent.mp4");
    const [frame] = await framesOf(path, "rgb24", { width: 200, height: 200 });
    if (!frame) throw new Error("no frame");
    expect(Math.max(...pixel(frame, 200, 100, 4))).toBeLessThan(12);
    expect(Math.max(...pixel(frame, 200, 100, 195))).toBeLessThan(12);
    expect(Math.max(...pixel(frame, 200, 100, 60))).toBeGreaterThan(60);
  });

  it("makes pixels square", async () => {
    expect((await pictureOf({}, "anamorphic.mp4")).picture).toMatchObject({ width: 640, height: 180 });
  });

  it("makes odd sizes even and 4:4:4 plain", async () => {
    expect((await pictureOf({}, "odd.mkv")).picture).toMatchObject({ width: 320, height: 180, pixelFormat: "yuv420p" });
  });

  it("takes a picture of sixteen pixels", async () => {
    expect((await pictureOf({}, "tiny-16.mp4")).picture).toMatchObject({ width: 16, height: 16 });
  });

  it("enlarges what AV1 can't take small", async () => {
    expect((await pictureOf({ codec: "av1" }, "tiny-16.mp4")).picture).toMatchObject({ width: 64, height: 64 });
  });
});

describe("rotation", () => {
  it("honours the source's own", async () => {
    const { picture, run, path } = await pictureOf({}, "turned-clockwise.mp4");
    expect(run.source.video[0]).toMatchObject({ rotation: 90, width: 180, height: 320, codedWidth: 320 });
    expect(picture).toMatchObject({ width: 180, height: 320, rotation: 0, codedWidth: 180 });
    const [frame] = await framesOf(path, "gray", { width: 180, height: 320 });
    expect(frame?.[20 * 180 + 90], "what was left is on top").toBeGreaterThan(230);
    expect(frame?.[300 * 180 + 90]).toBeLessThan(25);
  });

  it("adds a wished turn", async () => {
    expect((await pictureOf({ rotate: 270 }, "turned-clockwise.mp4")).picture).toMatchObject({
      width: 320,
      height: 180,
    });
    expect((await pictureOf({ rotate: 90 }, "silent.mp4")).picture).toMatchObject({ width: 180, height: 320 });
  });
});

describe("time", () => {
  it("trims to the frame", async () => {
    const { picture } = await pictureOf({}, "long.mp4", { trim: { startSeconds: 3.52, durationSeconds: 2 } });
    expect(picture.frames).toBe(50);
  });

  it("starts a trim with the very frame", async () => {
    const { path } = await pictureOf({ codec: "h264", quality: 90 }, "shades.mp4", {
      trim: { startSeconds: 2, endSeconds: 3 },
    });
    const frames = await framesOf(path, "gray", { width: 64, height: 64 });
    expect(frames).toHaveLength(25);
    // Second 2 has luma 100 in video range, which is 98 in full range.
    for (const frame of [frames[0], frames[24]]) expect(Math.abs((frame?.[2_000] ?? 0) - 98)).toBeLessThan(4);
  });

  it("refuses a trim beyond the end", async () => {
    const run = runKind(mp4({}, { trim: { startSeconds: 30 } }), await fixture("clip.mp4"));
    expect((await failureOf(run)).code).toBe("output_empty");
  });

  it("changes the frame rate", async () => {
    const { picture } = await pictureOf({ fps: 10 }, "clip.mp4");
    expect(picture).toMatchObject({ fps: 10, frames: 20 });
  });

  it("keeps every frame of a source with uneven timing", async () => {
    const source = await fixture("variable.mkv");
    const { picture, info, path } = await pictureOf({}, "variable.mkv");
    const size = { width: 320, height: 180 };
    expect((await framesOf(path, "gray", size)).length).toBe((await framesOf(source, "gray", size)).length);
    expect(picture.variableFrameRate).toBe(true);
    expect(info.durationSeconds).toBeGreaterThan(2.8);
  });

  it("sets key frames at least every two seconds", async () => {
    const { path } = await pictureOf({}, "long.mp4");
    const listed = await execa(tools.ffprobePath, [
      ...["-v", "error", "-skip_frame", "nokey", "-select_streams", "v:0", "-show_entries", "frame=pts_time"],
      ...["-of", "csv=p=0", path],
    ]);
    const times = listed.stdout.match(/[\d.]+/g)?.map(Number) ?? [];
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2.001);
  });
});

describe("encoding", () => {
  it("does not fill a gap of ten hours with frames", async () => {
    const { path } = await pictureOf({}, "ten-hour-gap.mkv");
    const { length } = await framesOf(path, "gray", { width: 64, height: 64 });
    // A gap this wide overflows MP4's composition offsets, which may cost a reordered frame; 900,000 would be the bomb.
    expect(length).toBeGreaterThan(20);
    expect(length).toBeLessThanOrEqual(25);
  });

  it.each(["h264", "h265", "vp9"])("meets a bitrate in two passes: %s", async (codec) => {
    const { picture, run } = await pictureOf({ codec, bitrateKbps: 300, twoPass: true, width: 160 }, "long.mp4");
    expect(Math.abs((picture.bitrateKbps ?? 0) - 300)).toBeLessThan(75);
    expect(run.reports.map((report) => report.message)).toContain("first pass");
  });

  it("makes larger files for higher quality", async () => {
    const low = await pictureOf({ quality: 20 }, "silent.mp4");
    const high = await pictureOf({ quality: 90 }, "silent.mp4");
    expect(high.info.bytes).toBeGreaterThan(low.info.bytes * 2);
  });

  it("keeps HDR in ten bits with H.265 and marks the track for Apple's players", async () => {
    const { picture } = await pictureOf({ codec: "h265" }, "hdr10.mp4");
    expect(picture).toMatchObject({ hdr: "hdr10", pixelFormat: "yuv420p10le", bitDepth: 10 });
    expect(picture.color).toMatchObject({ primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc" });
  });

  it("maps HDR to SDR for H.264", async () => {
    const { picture, path } = await pictureOf({}, "hdr10.mp4");
    expect(picture).toMatchObject({ hdr: null, pixelFormat: "yuv420p" });
    expect(picture.color).toEqual({ primaries: "bt709", transfer: "bt709", matrix: "bt709", range: "tv" });
    const [frame] = await framesOf(path, "gray", { width: 128, height: 128 });
    // The white of a 10,000 nit signal stays the lightest there is.
    expect(frame?.[8_000]).toBeGreaterThan(230);
  });

  it("says so where a build can't map HDR", async () => {
    const { source } = (await pictureOf({ codec: "h265" }, "hdr10.mp4")).run;
    const stream = source.video[0];
    if (!stream) throw new Error("no picture");
    const without = { ...tools, knows: (_kind: string, name: string) => name !== "zscale" };
    expect(() => planColor(stream, {}, "h264", without)).toThrow(/zscale/);
  });

  it("turns RGB into true BT.709 colours", async () => {
    const { picture, path } = await pictureOf({ quality: 100 }, "rgb.mkv");
    expect(picture.color.matrix).toBe("bt709");
    const [frame] = await framesOf(path, "rgb24", { width: 64, height: 64 });
    if (!frame) throw new Error("no frame");
    const [red, green, blue] = pixel(frame, 64, 32, 32);
    expect(red).toBeGreaterThan(235);
    expect(Math.max(green, blue)).toBeLessThan(20);
  });

  it("joins the fields of an interlaced source", async () => {
    const { picture, path } = await pictureOf({ quality: 90 }, "interlaced.mkv");
    expect(picture.interlaced).toBe(false);
    // The bar moves eight pixels between fields: combed, its edge jumps from line to line.
    const frames = await framesOf(path, "gray", { width: 320, height: 180 });
    const frame = frames[10] ?? Buffer.alloc(0);
    const edges = Array.from({ length: 60 }, (_, line) => {
      const row = frame.subarray((60 + line) * 320, (61 + line) * 320);
      return row.findIndex((value) => value > 128);
    });
    const jumps = edges.slice(1).map((edge, index) => Math.abs(edge - (edges[index] ?? edge)));
    expect(Math.min(...edges)).toBeGreaterThan(0);
    expect(Math.max(...jumps)).toBeLessThan(4);
  });

  it("takes a GIF's palette from the range that is shown", async () => {
    const gif = {
      kind: "transcode",
      container: "gif",
      video: { codec: "gif" },
      trim: { startSeconds: 1, durationSeconds: 1 },
      poster: false,
    } as const;
    const { pathOf, probed } = await runKind(gif, await fixture("shades.mp4"));
    expect((await probed("video.gif")).durationSeconds).toBeCloseTo(1, 1);
    // The global colour table follows the 13 bytes of header and screen descriptor (GIF89a §18, §19).
    const table = (await readFile(pathOf("video.gif"))).subarray(13, 13 + 256 * 3);
    const colours = new Set(Array.from({ length: 256 }, (_, index) => table.readUIntBE(index * 3, 3)));
    expect(colours.size).toBeLessThanOrEqual(3);
  });

  it("claims the room that ProRes and uncompressed sound are known to need", async () => {
    const mov = { kind: "transcode", container: "mov", video: { codec: "prores" }, audio: { codec: "pcm" } } as const;
    const { claimed, pathOf } = await runKind(mov, await fixture("clip.mp4"));
    const { size } = await stat(pathOf("video.mov"));
    expect(claimed[0]).toBeGreaterThan(size);
    expect(claimed[0]).toBeLessThan(size * 4);
    expect((await runKind(mp4(), await fixture("clip.mp4"))).claimed).toEqual([0]);
  });

  it("ends as scratch_full when the result outgrows the runner's space: another may have more", async () => {
    const run = runKind(mp4({ quality: 100 }), await fixture("long.mp4"), { scratchBytes: 100_000 });
    expect((await failureOf(run)).code).toBe("scratch_full");
  });
});
