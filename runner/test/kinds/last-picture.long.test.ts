import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { ffmpegPath } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";
import { framesOf, runKind } from "./run-kind.ts";
import { StreamJob } from "./stream/stream-job.ts";

/** As slides and screens are recorded: shown at 0 s, 2 s and 15.2 s, the last one, a negative, until 15.3 s. */
const negative = "negate=enable='gte(t,14)'";
const slides = `select='eq(n,0)+eq(n,20)+eq(n,152)',${negative}`;
/** Its pictures are stored out of their order, and the track's header adds up the times of storing: 1.4 s of 15.1 s. */
const misadded = `setpts='if(lt(N,10),N/10/TB,if(lt(N,11),1.1/TB,(2+(N-11)*13)/TB))',select='lt(n,13)',${negative}`;

/** Matroska tells how often pictures come on average as what they last. */
async function slidesIn(container: "mp4" | "mkv", filter: string): Promise<string> {
  const folder = folderOfTest("slides");
  const [encoded, path] = [join(folder, "encoded.mp4"), join(folder, "copied.mkv")];
  // Newer ffmpegs write the gap before the last picture as its own length, where it is not the last one that is stored.
  const isShort = container === "mp4" ? ["-bsf:v", "setts=pts=PTS:dts=DTS:duration=0.1/TB"] : ["-bf", "0"];
  await execa(ffmpegPath, [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=16", "-vf", filter],
    ...["-fps_mode", "vfr", "-c:v", "libx264", ...isShort, encoded],
  ]);
  if (container === "mp4") return encoded;
  await execa(ffmpegPath, ["-v", "error", "-i", encoded, "-c", "copy", path]);
  return path;
}

/** Writes 5 s over the length that a Matroska file claims of itself (Duration, RFC 9559 section 5.1.2.10). */
async function claimingFiveSeconds(path: string): Promise<string> {
  const bytes = await readFile(path);
  const element = bytes.indexOf(Buffer.from([0x44, 0x89, 0x88]));
  expect(element).toBeGreaterThan(0);
  bytes.writeDoubleBE(5_000, element + 3);
  await writeFile(path, bytes);
  return path;
}

const ofMisadded = () => slidesIn("mp4", misadded);
const negativeFrom = 40;
const sources: readonly (readonly [string, () => Promise<string>, number])[] = [
  ["a long gap before it, in MP4", () => slidesIn("mp4", slides), 15.3],
  ["a long gap before it, in Matroska", () => slidesIn("mkv", slides), 15.3],
  ["a header that misadds", ofMisadded, 15.1],
  ["a header that claims too little", async () => await claimingFiveSeconds(await slidesIn("mkv", slides)), 15.3],
];

/** How far the last picture of a file is from its first, of 255: a negative is far. */
async function change(path: string): Promise<number> {
  const pictures = await framesOf(path, "gray", { width: 320, height: 180 });
  const [first, last] = [pictures[0], pictures.at(-1)];
  if (!first || !last) throw new Error("no picture");
  return last.reduce((sum, level, at) => sum + Math.abs(level - (first[at] ?? 0)), 0) / last.length;
}

/** Its picture as a stream of one size, and when that ends, in seconds. */
async function streamOf(path: string): Promise<{ readonly job: StreamJob; readonly end: number }> {
  const job = await StreamJob.of(path, {
    video: { ladder: [{ shortSide: 180 }], speed: "fast" },
    ...{ segmentSeconds: 2, chunkSeconds: 8 },
  });
  job.box = bareBox;
  await job.encodeAll((await job.plan()).plan);
  const [rendition] = job.reports.flatMap(({ renditions }) => renditions);
  const last = rendition?.segments.at(-1);
  if (rendition === undefined || last === undefined) throw new Error("nothing was packaged");
  return { job, end: (last.start + last.duration) / rendition.timescale };
}

describe.each(sources)("the last picture of uneven ones: %s", (_, make, seconds) => {
  it.each([
    ["mp4", "h264", undefined],
    ["mp4", "h264", 30],
    ["webm", "vp9", undefined],
    ["webm", "vp9", 30],
    ["gif", "gif", undefined],
  ] as const)(
    "is shown, and ends in %s of %s at %s pictures a second when its source's does",
    async (container, codec, fps) => {
      const video = { codec, speed: "fast", ...(fps !== undefined && { fps }) } as const;
      const wish = { kind: "transcode", container, video, poster: false, metadata: false } as const;
      const run = await runKind(wish, await make(), { hardware: "never", box: bareBox });
      expect(await change(run.pathOf(`video.${container}`))).toBeGreaterThan(negativeFrom);
      const { durationSeconds } = await run.probed(`video.${container}`);
      // Debian's ffmpeg says nothing of a last packet's length, and its muxers guess it from the average.
      const slack = 0.6 + 1 / (fps ?? 15);
      expect(durationSeconds).toSatisfy((length: number) => length > seconds - slack && length < seconds + slack);
    },
  );

  // ffmpeg takes the misadded one for even, and rounds its end like any other's.
  it.skipIf(make === ofMisadded).each([
    ["mp4", "h264"],
    ["gif", "gif"],
  ] as const)("is shown in %s at one picture a second", async (container, codec) => {
    const wish = { kind: "transcode", container, video: { codec, fps: 1 }, poster: false, metadata: false } as const;
    const run = await runKind(wish, await make(), { hardware: "never", box: bareBox });
    expect(await change(run.pathOf(`video.${container}`))).toBeGreaterThan(negativeFrom);
  });

  it("is shown, and ends in a stream when its source's does", async () => {
    const { job, end } = await streamOf(await make());
    const title = await job.publish();
    expect(await change(join(title, "video-1", "playlist.m3u8"))).toBeGreaterThan(negativeFrom);
    expect(end).toSatisfy((length: number) => length > seconds - 0.1 && length < seconds + 0.6);
  });
});

it("ends with its own length where it begins late in Matroska, and the sound is longer", async () => {
  const folder = folderOfTest("late");
  const [encoded, path] = [join(folder, "encoded.mp4"), join(folder, "late.mkv")];
  const late = "select='eq(n,0)+eq(n,20)+eq(n,90)'";
  await execa(ffmpegPath, [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=10", "-vf", late],
    ...["-fps_mode", "vfr", "-c:v", "libx264", "-bf", "0", encoded],
  ]);
  const sound = ["-f", "lavfi", "-i", "sine=duration=20"];
  await execa(ffmpegPath, [
    ...["-v", "error", ...sound, "-itsoffset", "5", "-i", encoded, "-map", "1:v", "-map", "0:a"],
    ...["-c:v", "copy", "-c:a", "aac", path],
  ]);
  const { end } = await streamOf(path);
  // The last picture is shown at 14 s, and nothing after 20 s.
  expect(end).toSatisfy((length: number) => length > 14 && length < 20.1);
});
