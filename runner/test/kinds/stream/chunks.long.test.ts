import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { describe, expect, it } from "vitest";
import { tools } from "../../media-tools.ts";
import { answerWith } from "../../support/storage-server.ts";
import { failureOf } from "../run-kind.ts";
import { hdr10At, joined, packetsOf, picturesOf, similarity } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const ladder = [{ shortSide: 180 }, { shortSide: 144 }];
const quick = { ladder, speed: "fast" } as const;

/** Every segment that the plan names, in order. */
function segmentsOf({ chunks }: StreamPlan, rendition: string): string[] {
  const numbers = chunks.flatMap(({ firstSegment, segments }) => segments.map((_, index) => firstSegment + index));
  return numbers.map((number) => segmentFile(rendition, number));
}

function distances(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] ?? 0));
}

async function madeOf(source: SourceName, video: object = quick) {
  const job = await StreamJob.of(await streamSource(source), { video, segmentSeconds: 2, chunkSeconds: 8 });
  const { plan } = await job.plan();
  await job.encodeAll(plan);
  return { job, plan, title: await job.publish() };
}

/** Each rendition decodes to the source's pictures at their times, and each segment stands on its own. */
async function expectEveryPicture(job: StreamJob, plan: StreamPlan, title: string, expected: readonly number[]) {
  const apart = distances(expected);
  for (const { id } of plan.video?.renditions ?? []) {
    expect(await picturesOf(join(title, id, "playlist.m3u8"))).toHaveLength(expected.length);
    const shown = await picturesOf(await job.stitched(id));
    // A source's odd clock rounds its times: the grid behind them is what is made.
    const wrong = distances(shown).flatMap((distance, at) => {
      const expectedDistance = apart[at] ?? 0;
      return Math.abs(distance - expectedDistance) < 0.0025 ? [] : [{ at, distance, expectedDistance }];
    });
    expect(wrong).toEqual([]);

    const packets = await packetsOf(await joined(title, [initFile(id), ...segmentsOf(plan, id)]));
    expect(packets).toHaveLength(expected.length);
    // Decode times are the plan's times of showing: none is missing, none comes twice.
    const ticks = plan.video?.timescale ?? 1;
    const decoded = distances(packets.map(({ dts }) => dts / ticks));
    expect(decoded.filter((distance, at) => Math.abs(distance - (apart[at] ?? 0)) > 0.0025)).toEqual([]);
    const counts = plan.chunks.flatMap(({ segments, pictures }) =>
      segments.map(({ firstPicture }, index) => (segments[index + 1]?.firstPicture ?? pictures) - firstPicture),
    );
    const firsts = counts.map((_, index) => counts.slice(0, index).reduce((sum, count) => sum + count, 0));
    expect(firsts.filter((place) => packets[place]?.key !== true)).toEqual([]);
  }
}

describe("a stream made of chunks", () => {
  it.each<[SourceName, string, object?]>([
    ["constant.mp4", "avc1"],
    ["ntsc-open-gop.mp4", "avc1"],
    ["variable.mp4", "avc1"],
    ["edited.mp4", "avc1"],
    ["turned.mp4", "avc1"],
    ["hdr10.mp4", "hvc1", { ...quick, codec: "h265" }],
    ["hdr10.mp4", "avc1"],
    ["constant.mp4", "av01", { ...quick, codec: "av1" }],
    ["constant.mp4", "vp09", { ...quick, codec: "vp9" }],
    ["variable.mp4", "hvc1", { ...quick, codec: "h265" }],
    ["variable.mp4", "vp09", { ...quick, codec: "vp9" }],
  ])("shows every picture of %s once (%s)", async (source, codec, video) => {
    const { job, plan, title } = await madeOf(source, video);
    expect(plan.chunks.length).toBeGreaterThan(1);
    expect(plan.video?.renditions[0]?.codecs).toMatch(codec);
    // Chunks of these go to hosts with the same ffmpeg only.
    expect(plan.video?.build).toBe(/av01|vp09/.test(codec) ? tools.build : null);

    await expectEveryPicture(job, plan, title, await picturesOf(await streamSource(source)));
    const read = job.sourceBytesRead / (await stat(await streamSource(source))).size;
    console.log(`${source} ${codec}: ${plan.chunks.length} chunks, read ${read.toFixed(3)} of the source`);
  });

  it("shows HDR as SDR in H.264, and keeps it in H.265 and AV1, with what HDR10 says of itself", async () => {
    const source = await streamSource("hdr10.mp4");
    const likeness = async (video: object) => {
      const { plan, title } = await madeOf("hdr10.mp4", video);
      const file = join(title, "video-1", "playlist.m3u8");
      return { plan, file, like: await similarity(file, source, "320x180") };
    };
    const sdr = await likeness(quick);
    expect(sdr.plan.video?.color).toMatchObject({ pixelFormat: "yuv420p", transfer: "bt709", primaries: "bt709" });
    expect(sdr.like).toBeLessThan(0.9);
    for (const [codec, like] of [
      ["h265", 0.95],
      ["av1", 0.92],
    ] as const) {
      const hdr = await likeness({ ...quick, codec });
      expect(hdr.plan.video?.color).toMatchObject({ pixelFormat: "yuv420p10le", transfer: "smpte2084" });
      expect(hdr.plan.video?.color.hdr10).toEqual({
        display: "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
        light: "1000,400",
      });
      expect(hdr.like).toBeGreaterThan(like);
      const told = await hdr10At(hdr.file);
      expect(told).toEqual(await hdr10At(source));
      expect(told).toMatchObject({ red_x: 0.68, max_luminance: 1_000, max_content: 1_000, max_average: 400 });
    }
  });

  it.each([
    ["constant.mp4", "h264", ["44d179a8d7ce7e60", "e889b69980f7d2d6"]],
    ["constant.mp4", "h265", ["2f273d49766a6edd", "249fe4fe08e09684"]],
    ["variable.mp4", "h265", ["17f89807e9f988a2", "49a2506ba317caca"]],
    ["hdr10.mp4", "h265", ["ddfa89a0088b0aee", "0c14e85dbd340f6c"]],
  ] as const)(
    "needs the same init segments of %s in %s, whichever ffmpeg makes it",
    async (source, codec, expected) => {
      const job = await StreamJob.of(await streamSource(source), { video: { ...quick, codec } });
      const { plan } = await job.plan();
      expect(plan.video?.build).toBeNull();
      expect(plan.video?.renditions.map(({ initSha256 }) => initSha256?.slice(0, 16))).toEqual(expected);
    },
  );

  it("is one task where the encoder makes no key frames when it is told to", async () => {
    const source = await streamSource("variable.mp4");
    const job = await StreamJob.of(source, { video: { ...quick, codec: "av1" }, segmentSeconds: 2, chunkSeconds: 8 });
    const { plan } = await job.plan();
    // SVT-AV1 1 of ffmpeg 5 ignores them; later ones don't.
    const isOld = tools.version.startsWith("5.");
    expect(plan.whole?.code).toBe(isOld ? "key_frames_not_placed" : undefined);
    expect(plan.video?.build).toBe(isOld ? null : tools.build);
    await job.encodeAll(plan);
    const title = await job.publish();
    expect(await picturesOf(join(title, "video-1", "playlist.m3u8"))).toHaveLength((await picturesOf(source)).length);
  });

  it("goes on with a fresh grant, and stops at a source that was replaced", async () => {
    const job = await StreamJob.of(await streamSource("constant.mp4"), { video: quick });
    job.storage.faults.push(answerWith(403));
    await job.plan();
    expect(job.refusals).toBe(1);
    job.storage.faults.push(answerWith(412));
    expect((await failureOf(job.run({ kind: "plan" }))).code).toBe("input_changed");
  });

  it("has as many pictures as planned where some of the source's don't decode", async () => {
    const job = await StreamJob.of(await streamSource("constant.mp4"), {
      video: quick,
      segmentSeconds: 2,
      chunkSeconds: 8,
    });
    const { plan } = await job.plan();
    const source = job.storage.objects.get("source");
    const [from, to] = plan.chunks[1]?.sourceRange ?? [0, 0];
    source?.fill(0xff, from + Math.round((to - from) * 0.3), from + Math.round((to - from) * 0.6));
    await job.encodeAll(plan);
    const title = await job.publish();
    expect(await picturesOf(join(title, "video-1", "playlist.m3u8"))).toHaveLength(480);
  });

  it("reads little more than the source, all chunks together", async () => {
    const source = await streamSource("heavy.mp4");
    const job = await StreamJob.of(source, {
      video: { ...quick, ladder: [{ shortSide: 144 }] },
      segmentSeconds: 2,
      chunkSeconds: 8,
    });
    const { plan } = await job.plan();
    const planned = job.sourceBytesRead;
    await job.encodeAll(plan);
    const { size } = await stat(source);
    console.log(`plan ${(planned / size).toFixed(3)}, chunks ${((job.sourceBytesRead - planned) / size).toFixed(3)}`);
    expect((job.sourceBytesRead - planned) / size).toBeLessThan(1.1);
  });

  it("looks as it would in one", async () => {
    const { title } = await madeOf("constant.mp4");
    const whole = await StreamJob.of(await streamSource("constant.mp4"), { video: quick });
    const { plan } = await whole.plan();
    if (plan.video === null) throw new Error("no picture");
    const video = { ...plan.video, track: null };
    await whole.run({ kind: "encode", video, segmentSeconds: 2, chunk: null });
    const inOne = await whole.publish();
    const source = await streamSource("constant.mp4");
    for (const [id, size] of [
      ["video-1", "320x180"],
      ["video-2", "256x144"],
    ] as const) {
      const parts = await similarity(join(title, id, "playlist.m3u8"), source, size);
      const one = await similarity(join(inOne, id, "playlist.m3u8"), source, size);
      console.log(`${id}: SSIM ${parts} in chunks, ${one} in one`);
      expect(parts).toBeGreaterThan(0.9);
      expect(Math.abs(parts - one)).toBeLessThan(0.005);
    }
  });

  it("is planned alike each time, byte for byte, and its init segments are the plan's", async () => {
    const jobs = [0, 1].map(async () => StreamJob.of(await streamSource("constant.mp4"), { video: quick }));
    const plans = await Promise.all(jobs.map(async (job) => (await job).plan()));
    expect(plans[0]?.bytes).toBe(plans[1]?.bytes);
    expect(plans[0]?.result.files.map(({ name }) => name).sort()).toEqual([
      "index.bin",
      "plan.json",
      "video-1/init.mp4",
      "video-2/init.mp4",
    ]);
    expect(plans[0]?.bytes).not.toMatch(/\/tmp|127\.0\.0\.1/);
  });

  it("never publishes a chunk that another init segment belongs to, or that lacks a picture", async () => {
    const job = await StreamJob.of(await streamSource("constant.mp4"), {
      video: quick,
      segmentSeconds: 2,
      chunkSeconds: 8,
    });
    const { plan } = await job.plan();
    const [chunk] = plan.chunks;
    const { video, segmentSeconds } = plan;
    if (video === null || chunk === undefined) throw new Error("nothing was planned");
    const [first, ...others] = video.renditions;
    if (first === undefined) throw new Error("no rendition");
    const other = { ...video, renditions: [{ ...first, level: "5.1" }, ...others] };
    const mismatch = await failureOf(job.run({ kind: "encode", video: other, segmentSeconds, chunk }));
    expect(mismatch).toMatchObject({
      code: "chunk_mismatch",
      retryable: true,
      detail: expect.stringContaining("init segment"),
    });
    const longer = { ...chunk, pictures: chunk.pictures + 1 };
    const short = await failureOf(job.run({ kind: "encode", video, segmentSeconds, chunk: longer }));
    expect(short).toMatchObject({ code: "chunk_mismatch", detail: expect.stringMatching(/\d+ of \d+ pictures/) });
  });
});
