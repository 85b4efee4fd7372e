import { stat } from "node:fs/promises";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { soundBorders } from "../../../src/kinds/stream/sound-borders.ts";
import { fixture } from "../../fixtures.ts";
import { ffmpegPath } from "../../media-tools.ts";
import { begins, heard, lateness } from "./listen.ts";
import { joined } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

/** A frame of AAC, samples. */
const frame = 1_024;
const video = { ladder: [{ shortSide: 144 }], speed: "fast" as const };

/** Makes the sound alone, and joins each track to one file. */
async function soundOf(source: string, wish: object = {}) {
  const job = await StreamJob.of(source, { video, segmentSeconds: 2, chunkSeconds: 8, ...wish });
  const { plan } = await job.plan();
  const planned = job.sourceBytesRead;
  const result = await job.run({ kind: "audio" });
  const read = job.sourceBytesRead - planned;
  const renditions = result.report?.renditions ?? [];
  const tracks = await Promise.all(
    renditions.map(({ id, segments }) =>
      joined(job.directory, [initFile(id), ...segments.map(({ number }) => segmentFile(id, number))]),
    ),
  );
  return { plan, result, renditions, tracks, read };
}

const startsOf = ({ chunks, video: planned }: StreamPlan) =>
  chunks.flatMap(({ segments }) => segments.map(({ start }) => start / (planned?.timescale ?? 1)));

describe("the sound of a stream", () => {
  it("keeps every track, its language and its place to the sample, and is cut with the pictures", async () => {
    const source = await streamSource("two-languages.mp4");
    const { plan, renditions, tracks, read } = await soundOf(source);
    expect(renditions).toMatchObject([
      { id: "audio-1", language: "deu", kind: { audio: { channels: 1, sampleRate: 48_000 } } },
      { id: "audio-2", language: "eng", kind: { audio: { channels: 2 } } },
    ]);
    for (const [place, track] of tracks.entries()) {
      const [ours, theirs] = await Promise.all([heard(track), heard(source, place)]);
      console.log(`${renditions[place]?.id}: ${ours.length} samples of ${theirs.length}`);
      expect(Math.abs(ours.length - theirs.length)).toBeLessThanOrEqual(frame);
    }
    const [german] = tracks;
    const sound = await heard(german ?? "");
    const late = [0, 9, 18].map((second) => lateness(sound, (0.7 + second) * 48_000));
    console.log(`late by ${late} samples`);
    expect(late).toEqual([0, 0, 0]);

    const starts = startsOf(plan);
    expect(starts.length).toBeGreaterThan(5);
    for (const { segments, timescale } of renditions) {
      expect(segments).toHaveLength(starts.length);
      for (const [index, { start }] of segments.entries()) {
        expect(start / timescale).toBeGreaterThanOrEqual(starts[index] ?? 0);
        expect(start / timescale - (starts[index] ?? 0)).toBeLessThan(frame / timescale);
      }
    }
    const size = (await stat(source)).size;
    console.log(`read ${(read / size).toFixed(3)} of the source`);
  });

  it("does not drift in ten minutes", async () => {
    const source = await streamSource("ten-minutes.m4a");
    const { renditions, tracks } = await soundOf(source, { segmentSeconds: 4 });
    const [ours, theirs] = await Promise.all([heard(tracks[0] ?? ""), heard(source)]);
    console.log(`${ours.length} samples of ${theirs.length}`);
    expect(Math.abs(ours.length - theirs.length)).toBeLessThanOrEqual(frame);
    expect([0, 300, 598].map((second) => lateness(ours, second * 48_000))).toEqual([0, 0, 0]);
    expect(renditions[0]?.segments).toHaveLength(150);
  });

  it.each<[SourceName, number]>([
    // Matroska's clock has a thousand ticks a second; MPEG-TS does not tell of an encoder's priming.
    ["late-sound.mkv", 48],
    ["late-sound.ts", frame + 48],
  ])("begins late where it does in %s, which has to be fetched as a whole", async (source, tolerance) => {
    const { plan, tracks } = await soundOf(await streamSource(source));
    expect(plan.whole?.code).toBe("not_indexed");
    const sound = await heard(tracks[0] ?? "");
    expect(Math.abs(begins(sound) - 0.7 * 48_000)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(lateness(sound, 0.7 * 48_000))).toBeLessThanOrEqual(tolerance);
  });

  it("is made as Opus, as loud as broadcasters want it", async () => {
    const { renditions, tracks } = await soundOf(await fixture("sound.m4a"), {
      audio: { codec: "opus", loudness: true },
    });
    expect(renditions[0]).toMatchObject({ codecs: "opus", timescale: 48_000 });
    const { stderr } = await execa(ffmpegPath, [
      ...["-nostdin", "-i", tracks[0] ?? "", "-af", "ebur128=framelog=verbose", "-f", "null", "-"],
    ]);
    expect(Number(/I:\s+(-?[\d.]+) LUFS/.exec(stderr)?.[1])).toBeCloseTo(-23, 0);
  });
});

describe("the borders of sound", () => {
  const segments = (...starts: number[]) => starts.map((start) => ({ firstPicture: 0, start }));
  const chunk = (start: number, end: number, ...starts: number[]) => ({ start, end, segments: segments(...starts) });
  const planOf = (...chunks: object[]) =>
    ({ video: { timescale: 10 }, chunks, segmentSeconds: 4 }) as unknown as StreamPlan;

  it("are the pictures', but for the first, and go on behind them", () => {
    const plan = planOf(chunk(1, 80, 1, 40), chunk(80, 100, 80));
    expect(soundBorders(plan, 10.1)).toEqual({ timescale: 10, ticks: [40, 80] });
    expect(soundBorders(plan, 19).ticks).toEqual([40, 80, 100, 140, 180]);
    expect(soundBorders(plan, 5).ticks).toEqual([40]);
  });

  it("lie a segment apart where no pictures are planned", () => {
    expect(soundBorders(planOf(), 12.1)).toEqual({ timescale: 1_000, ticks: [4_000, 8_000] });
    expect(soundBorders(planOf(), 3).ticks).toEqual([]);
  });
});
