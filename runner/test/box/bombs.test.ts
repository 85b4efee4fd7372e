import { crc32, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { toolFailure } from "../../src/ffmpeg/failure.ts";
import { ffmpegPath, ffprobePath } from "../media-tools.ts";
import { confiningRungs } from "../support/box.ts";
import { Scene } from "./run-boxed.ts";

const MiB = 1024 ** 2;
/** None of our own bounds before it. */
const reckless = ["-nostdin", "-v", "error", "-y"];

/** A chunk of a PNG: length, type, data and checksum (PNG 5.3). */
function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

function png(width: number, height: number, more: readonly Buffer[], rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    ...more,
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** An MP4 whose moov holds so many tracks of nothing. */
function manyTracks(count: number): Buffer {
  const box = (type: string, ...content: Buffer[]) => {
    const body = Buffer.concat(content);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, body]);
  };
  const track = box("trak", box("mdia", box("minf", box("stbl"))));
  return Buffer.concat([
    box("ftyp", Buffer.from("isom\0\0\0\0isom")),
    box("moov", Buffer.concat(Array(count).fill(track))),
  ]);
}

const event = (text: string) => `Dialogue: 0,0:00:00.00,0:00:10.00,Default,,0,0,0,,${text}`;
const heavyAss = [
  "[Script Info]\nScriptType: v4.00+\nPlayResX: 384\nPlayResY: 288\n[V4+ Styles]",
  "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
  "Style: Default,Arial,60,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1",
  "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
  ...Array.from({ length: 300 }, (_, line) =>
    event(`{\\blur${50 + (line % 9)}\\bord200\\fscx1000\\fscy1000}Reelway ${line}`),
  ),
].join("\n");

/** What a bomb's end is told as: never as a fault of the runner, or of the encode. */
const told = ["out_of_memory", "input_limit_exceeded", "input_unreadable", "job_timeout"];

describe.each(confiningRungs)("a file that asks for without end, in %s", (rung) => {
  const limit = 512 * MiB;
  const lavfi = ["-f", "lavfi", "-i", "color=s=1280x720:d=5"];
  const bombs: readonly (readonly [string, string, () => string | Buffer, (path: string) => string[]])[] = [
    [
      "heavy ASS",
      "bomb.ass",
      () => heavyAss,
      (path) => [ffmpegPath, ...reckless, ...lavfi, "-vf", `ass=${path}`, "-f", "null", "-"],
    ],
    [
      "a huge font in SubRip",
      "bomb.srt",
      () => "1\n00:00:00,000 --> 00:00:10,000\n<font size=9999>Reelway Reelway Reelway</font>\n",
      (path) => [ffmpegPath, ...reckless, ...lavfi, "-vf", `subtitles=${path}`, "-f", "null", "-"],
    ],
    [
      "a text of 400 MB in a PNG",
      "bomb.png",
      () =>
        png(
          1,
          1,
          [chunk("zTXt", Buffer.concat([Buffer.from("t\0\0", "latin1"), deflateSync(Buffer.alloc(400 * MiB, "a"))]))],
          Buffer.alloc(4),
        ),
      (path) => [ffmpegPath, ...reckless, "-i", path, "-f", "null", "-"],
    ],
    [
      "a picture of 30,000 by 30,000",
      "huge.png",
      () => png(30_000, 30_000, [], Buffer.alloc(4)),
      (path) => [ffmpegPath, ...reckless, "-max_pixels", "2147483647", "-i", path, "-f", "null", "-"],
    ],
    [
      "a picture of 16,000 by 16,000, grown",
      "large.png",
      () => png(16_000, 16_000, [], Buffer.alloc(16_000 * (16_000 * 3 + 1))),
      (path) => [ffmpegPath, ...reckless, "-i", path, "-vf", "format=gbrp16le,scale=16000:16000", "-f", "null", "-"],
    ],
    [
      "a million tracks",
      "tracks.mp4",
      () => manyTracks(1_000_000),
      (path) => [ffprobePath, "-v", "error", "-max_streams", "2147483647", "-show_streams", "-of", "json", path],
    ],
  ];

  it.each(bombs)("%s is held by the box, and the next program runs", async (_name, name, content, command) => {
    const scene = await Scene.open({ memoryBytes: limit, cpuSeconds: 20 }, rung);
    const [program = "", ...args] = command(await scene.put(name, content()));
    const end = await scene.run([program, ...args]);
    // Whether it is refused, killed, or gets by with what there is, differs by version; what it takes does not.
    if (end.peakBytes !== null) expect(end.peakBytes).toBeLessThanOrEqual(limit);
    const code = end.exitCode === 0 ? null : toolFailure(end, "encode_failed").code;
    if (code !== null) expect([code, end.logTail.slice(-300)]).toEqual([expect.toBeOneOf(told), expect.anything()]);
    expect((await scene.shell("echo next")).printed).toBe("next\n");
  });

  it("heavy ASS is killed for it, where memory is counted", async () => {
    const scene = await Scene.open({ memoryBytes: limit, cpuSeconds: 20 }, rung);
    const path = await scene.put("bomb.ass", heavyAss);
    const end = await scene.run([ffmpegPath, ...reckless, ...lavfi, "-vf", `ass=${path}`, "-f", "null", "-"]);
    expect(end.exitCode).not.toBe(0);
  });
});
