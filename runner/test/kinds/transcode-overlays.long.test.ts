import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { fixture } from "../fixtures.ts";
import { ffmpegPath } from "../media-tools.ts";
import { failureOf, framesOf, pixel, runKind } from "./run-kind.ts";

const assetId = "ast_01hzzzzzzzzzzzzzzzzzzzzzzz_weur";
const spec = (more: object, container = "mp4", codec = "h264") =>
  ({
    kind: "transcode",
    container: container as "mp4",
    video: { codec: codec as "h264", speed: "fast" },
    poster: false,
    metadata: false,
    ...more,
  }) as const;

async function textFile(content: string | Buffer): Promise<string> {
  const path = join(folderOfTest("text"), "subtitles");
  await writeFile(path, content);
  return path;
}

const srt =
  "1\n00:00:00,500 --> 00:00:01,500\n<font size=9999>Grüße</font>\n\n2\n00:00:01,600 --> 00:00:02,500\nzwei\n";
const vtt = "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nhello\n";

describe("watermark", () => {
  it.each(["mark.png", "mark.jpg"] as const)("is drawn at its place and size: %s", async (mark) => {
    const watermark = { assetId, position: "top-left", marginPercent: 0, widthPercent: 25 };
    const run = await runKind(spec({ watermark }), await fixture("black.mp4"), {
      inputs: { watermark: await fixture(mark) },
    });
    const frames = await framesOf(run.pathOf("video.mp4"), "rgb24", { width: 128, height: 128 });
    expect(frames).toHaveLength(75);
    for (const frame of [frames[0], frames[74]]) {
      if (!frame) throw new Error("no frame");
      expect(pixel(frame, 128, 16, 8)[0]).toBeGreaterThan(200);
      expect(pixel(frame, 128, 40, 8)[0]).toBeLessThan(30);
      expect(pixel(frame, 128, 16, 24)[0]).toBeLessThan(30);
    }
  });

  it("is blended by its opacity", async () => {
    const watermark = { assetId, position: "center", widthPercent: 50, opacity: 0.5 };
    const run = await runKind(spec({ watermark }), await fixture("black.mp4"), {
      inputs: { watermark: await fixture("mark.png") },
    });
    const [frame] = await framesOf(run.pathOf("video.mp4"), "rgb24", { width: 128, height: 128 });
    if (!frame) throw new Error("no frame");
    const [red] = pixel(frame, 128, 64, 64);
    expect(red).toBeGreaterThan(90);
    expect(red).toBeLessThan(160);
  });

  it("must be a picture", async () => {
    const run = runKind(spec({ watermark: { assetId } }), await fixture("silent.mp4"), {
      inputs: { watermark: await textFile("<svg xmlns='http://www.w3.org/2000/svg'/>") },
    });
    expect((await failureOf(run)).code).toBe("input_unreadable");
  });
});

/** Light in the lower half of each frame, where subtitles stand. */
async function lightPerFrame(path: string): Promise<number[]> {
  const frames = await framesOf(path, "gray", { width: 128, height: 128 });
  return frames.map((frame) => frame.subarray(64 * 128).reduce((lit, value) => lit + (value > 120 ? 1 : 0), 0));
}

describe("burned subtitles", () => {
  it.each([
    ["srt", srt],
    ["vtt", vtt],
  ])("are drawn while their cue lasts: %s", async (_name, text) => {
    const run = await runKind(spec({ subtitles: { assetId, mode: "burn" } }), await fixture("black.mp4"), {
      inputs: { subtitles: await textFile(text) },
    });
    const light = await lightPerFrame(run.pathOf("video.mp4"));
    expect(light[5]).toBe(0);
    expect(light[25]).toBeGreaterThan(10);
    expect(light[74]).toBe(0);
  });

  it("keep their time in a trimmed result", async () => {
    const trim = { startSeconds: 1, endSeconds: 2 };
    const run = await runKind(spec({ trim, subtitles: { assetId, mode: "burn" } }), await fixture("black.mp4"), {
      inputs: { subtitles: await textFile(vtt) },
    });
    const light = await lightPerFrame(run.pathOf("video.mp4"));
    expect(light).toHaveLength(25);
    expect(light[5]).toBeGreaterThan(10);
    expect(light[20]).toBe(0);
  });
});

describe("soft subtitles", () => {
  it.each([
    ["mp4", "h264", "mov_text"],
    ["mkv", "h264", "subrip"],
    ["webm", "vp9", "webvtt"],
  ])("become the container's own text: %s", async (container, codec, expected) => {
    const run = await runKind(
      spec({ subtitles: { assetId, language: "deu" } }, container, codec),
      await fixture("silent.mp4"),
      { inputs: { subtitles: await textFile(srt) } },
    );
    const result = await run.probed(`video.${container}`);
    expect(result.subtitles).toEqual([{ index: 1, codec: expected, text: true, language: "deu" }]);
    const shown = await execa(ffmpegPath, [
      "-v",
      "error",
      "-i",
      run.pathOf(`video.${container}`),
      "-map",
      "0:s",
      "-f",
      "srt",
      "-",
    ]);
    expect(shown.stdout).toContain("Grüße");
    expect(shown.stdout).not.toContain("9999");
  });

  it("come out of a source's own text track", async () => {
    const made = await runKind(spec({ subtitles: { assetId } }, "mkv"), await fixture("silent.mp4"), {
      inputs: { subtitles: await textFile(vtt) },
    });
    const run = await runKind(spec({ subtitles: { track: 0, language: "eng" } }), made.pathOf("video.mkv"));
    expect((await run.probed("video.mp4")).subtitles).toMatchObject([{ codec: "mov_text", language: "eng" }]);
    const missing = runKind(spec({ subtitles: { track: 1 } }), made.pathOf("video.mkv"));
    expect((await failureOf(missing)).code).toBe("input_missing_stream");
  });

  it("are read in old code pages too", async () => {
    const run = await runKind(spec({ subtitles: { assetId } }, "mkv"), await fixture("silent.mp4"), {
      inputs: { subtitles: await textFile(Buffer.from(srt, "latin1")) },
    });
    const shown = await execa(ffmpegPath, [
      "-v",
      "error",
      "-i",
      run.pathOf("video.mkv"),
      "-map",
      "0:s",
      "-f",
      "srt",
      "-",
    ]);
    expect(shown.stdout).toContain("Grüße");
  });

  it.each([
    ["nonsense", "nothing here"],
    ["a playlist", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"],
    ["a concat list", "ffconcat version 1.0\nfile /etc/passwd\n"],
  ])("are refused when they are %s", async (_name, text) => {
    const run = runKind(spec({ subtitles: { assetId } }), await fixture("silent.mp4"), {
      inputs: { subtitles: await textFile(text) },
    });
    expect((await failureOf(run)).code).toBe("input_unreadable");
  });
});
