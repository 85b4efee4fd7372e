import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { storyboard, timestamp } from "../../src/kinds/storyboard.ts";
import { fixture } from "../fixtures.ts";
import { failureOf, framesOf, pixel, runKind } from "./run-kind.ts";

/** shades.mp4 shows one grey a second: luma 20, 60, 100 …; this is the second that a grey belongs to. */
const secondOf = (grey: number) => Math.round(Math.max(0, grey * (219 / 255) + 16 - 20) / 40);

describe("posters", () => {
  it("are taken at the times asked for", async () => {
    const posters = { atSeconds: [0.5, 3.5, 5.5], width: 64 };
    const run = await runKind({ kind: "thumbnails", posters }, await fixture("shades.mp4"));
    expect(run.files.map((file) => file.name)).toEqual(["poster-001.jpg", "poster-002.jpg", "poster-003.jpg"]);
    const seconds = await Promise.all(
      run.files.map(async ({ path }) => {
        const [frame] = await framesOf(path, "rgb24", { width: 64, height: 64 });
        return frame ? secondOf(pixel(frame, 64, 32, 32)[0]) : null;
      }),
    );
    expect(seconds).toEqual([0, 3, 5]);
  });

  it.each([
    ["jpeg", "ffd8ff"],
    ["png", "89504e47"],
    ["webp", "52494646"],
  ] as const)("come as %s, evenly spread, never larger than the source", async (format, magic) => {
    const run = await runKind({ kind: "thumbnails", format, posters: { count: 2 } }, await fixture("clip.mp4"));
    expect(run.files).toHaveLength(2);
    for (const file of run.files) {
      expect((await readFile(file.path)).subarray(0, magic.length / 2).toString("hex")).toBe(magic);
      expect(file).toMatchObject({ role: "poster", media: { width: 320, height: 180 } });
    }
  });

  it("can't be taken beyond the end, or of sound", async () => {
    const wish = { kind: "thumbnails" as const, posters: { atSeconds: [99] } };
    expect((await failureOf(runKind(wish, await fixture("clip.mp4")))).code).toBe("output_empty");
    expect((await failureOf(runKind(wish, await fixture("sound.m4a")))).code).toBe("input_missing_stream");
  });

  it("of a transcode is not black when the film is not", async () => {
    const film = { kind: "transcode", container: "mp4", video: { codec: "h264" } } as const;
    const run = await runKind(film, await fixture("black-start.mp4"));
    const [frame] = await framesOf(run.pathOf("poster.jpg"), "gray", { width: 64, height: 64 });
    expect(frame?.[2_000]).toBeGreaterThan(230);
    const black = await runKind(film, await fixture("black.mp4"));
    expect(black.files.map((file) => file.name)).toContain("poster.jpg");
  });
});

describe("sprites", () => {
  it("hold in each tile what plays during its cue", async () => {
    const sprite = { intervalSeconds: 1, columns: 2, rows: 2, width: 64 };
    const run = await runKind({ kind: "thumbnails", format: "png", sprite }, await fixture("shades.mp4"));
    expect(run.files.map((file) => file.name)).toEqual(["sprite-001.png", "sprite-002.png", "storyboard.vtt"]);
    const cues = [
      ...(await readFile(run.pathOf("storyboard.vtt"), "utf8")).matchAll(/(sprite-\d+\.png)#xywh=(\d+),(\d+)/g),
    ];
    const seconds = await Promise.all(
      cues.map(async ([, sheet = "", x, y]) => {
        const [frame] = await framesOf(run.pathOf(sheet), "rgb24", { width: 128, height: 128 });
        return frame ? secondOf(pixel(frame, 128, Number(x) + 32, Number(y) + 32)[0]) : null;
      }),
    );
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("fit their sheet to a short clip and take key frames alone for far tiles", async () => {
    const run = await runKind({ kind: "thumbnails", sprite: { intervalSeconds: 10 } }, await fixture("long.mp4"));
    expect(run.files.map((file) => file.name)).toEqual(["sprite-001.jpg", "storyboard.vtt"]);
    expect(run.files[0]?.media).toMatchObject({ width: 320, height: 90 });
  });
});

describe("storyboard", () => {
  it("maps times to places", () => {
    const board = { sheets: ["sprite-001.jpg"], tile: { width: 160, height: 90 }, columns: 2, rows: 2 };
    expect(storyboard({ ...board, tiles: 3, intervalSeconds: 2, durationSeconds: 5.5 })).toBe(
      "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nsprite-001.jpg#xywh=0,0,160,90\n" +
        "\n00:00:02.000 --> 00:00:04.000\nsprite-001.jpg#xywh=160,0,160,90\n" +
        "\n00:00:04.000 --> 00:00:05.500\nsprite-001.jpg#xywh=0,90,160,90\n",
    );
  });

  it("writes hours", () => {
    expect(timestamp(3_723.0045)).toBe("01:02:03.005");
  });
});
