import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fixture } from "../../fixtures.ts";
import { hdr10At, picturesOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const ladder = [{ shortSide: 180 }, { shortSide: 144 }];

describe("a stream whose picture is one task", () => {
  it("is made from a container that has no index, with every picture and its own init segments", async () => {
    const source = await streamSource("many.mkv");
    const job = await StreamJob.of(source, { video: { ladder, speed: "fast" } });
    const { plan, result } = await job.plan();
    expect(plan).toMatchObject({
      whole: { code: "not_indexed" },
      chunks: [],
      video: {
        track: null,
        timescale: 25_000 / 2.5,
        frameRate: [25, 1],
        renditions: [{ name: "180p" }, { name: "144p" }],
      },
      audio: [{ id: "audio-1", track: 0, codec: "aac", channels: 1, bitrateKbps: 64 }],
      durationSeconds: expect.closeTo(20, 1),
    });
    expect(result.files.map(({ name }) => name)).toEqual(["plan.json"]);

    await job.encodeAll(plan);
    const [report] = job.reports;
    const [large, small] = report?.renditions ?? [];
    const [first = 0] = await picturesOf(source);
    expect(large?.segments.map(({ start, duration }) => [start, duration])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [n * 40_000 + Math.round(first * 10_000), 40_000]),
    );
    expect(small?.segments.map(({ start }) => start)).toEqual(large?.segments.map(({ start }) => start));
    const title = await job.publish();
    expect(await readdir(join(title, "video-2"))).toContain("init.mp4");
    for (const id of ["video-1", "video-2"])
      expect(await picturesOf(join(title, id, "playlist.m3u8"))).toHaveLength(500);
  });

  it.each(["late-picture.mkv", "from-ten.ts"] as const)(
    "keeps the picture as late as it is in %s, from the title's start",
    async (name) => {
      const source = await streamSource(name);
      const job = await StreamJob.of(source, { video: { ladder, speed: "fast" } });
      const { plan } = await job.plan();
      await job.encodeAll(plan);
      const { timescale, segments } = job.reports[0]?.renditions[0] ?? { timescale: 1, segments: [] };
      const start = (segments[0]?.start ?? 0) / timescale;
      expect(start).toBeGreaterThan(0.5);
      expect(start).toBeLessThan(0.6);
      const [first = 0] = await picturesOf(source);
      expect(start).toBeCloseTo(first - Math.max(0, plan.source.startSeconds ?? 0), 3);
    },
  );

  it("has one reason for a source with one key frame, and makes all of it", async () => {
    const job = await StreamJob.of(await streamSource("one-key-frame.mp4"), { video: { ladder, speed: "fast" } });
    const { plan } = await job.plan();
    expect(plan.whole).toMatchObject({ code: "one_key_frame", reason: expect.stringMatching(/\w+ \w+/) });
    await job.encodeAll(plan);
    const title = await job.publish();
    expect(await picturesOf(join(title, "video-1", "playlist.m3u8"))).toHaveLength(480);
  });

  it("keeps its last picture for as long as the source does", async () => {
    const job = await StreamJob.of(await streamSource("held.mp4"), { video: { ladder, speed: "fast" } });
    const { plan } = await job.plan();
    expect(plan.whole?.code).toBe("one_key_frame");
    await job.encodeAll(plan);
    for (const { timescale, segments } of job.reports[0]?.renditions ?? []) {
      const { start = 0, duration = 0 } = segments.at(-1) ?? {};
      expect((start + duration) / timescale).toBeCloseTo(19.88 + 3, 2);
    }
  });

  it.each<SourceName>(["hdr10.mkv", "hdr10-cut.ts"])("says of HDR10 what its source says: %s", async (name) => {
    const job = await StreamJob.of(await streamSource(name), { video: { ladder, codec: "h265", speed: "fast" } });
    const { plan } = await job.plan();
    expect(plan.whole?.code).toBe("not_indexed");
    await job.encodeAll(plan);
    const told = await hdr10At(join(await job.publish(), "video-1", "playlist.m3u8"));
    expect(told).toEqual(await hdr10At(await streamSource("hdr10.mp4")));
    expect(told).toMatchObject({ red_x: 0.68, max_luminance: 1_000, max_content: 1_000, max_average: 400 });
  });

  it("is not there where the source is sound alone", async () => {
    const job = await StreamJob.of(await fixture("sound.m4a"), { audio: { codec: "opus", loudness: true } });
    const { plan } = await job.plan();
    expect(plan).toMatchObject({
      ...{ video: null, whole: null, chunks: [], thumbnails: false },
      audio: [{ id: "audio-1", codec: "opus", loudness: true }],
    });
  });
});
