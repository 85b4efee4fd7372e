import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlannedChunk, PlannedVideo, StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { expect, it } from "vitest";
import { failureOf } from "../run-kind.ts";
import { joined, packetsOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { streamSource } from "./stream-sources.ts";

const ladder = [{ shortSide: 180 }, { shortSide: 160 }, { shortSide: 144 }];
const wish = { video: { ladder, speed: "fast" as const }, segmentSeconds: 2, chunkSeconds: 8 };

/** A film that is whole, and another of the same source and wish that is planned. */
async function twoFilms() {
  const source = await streamSource("constant.mp4");
  const before = await StreamJob.of(source, wish);
  const { plan } = await before.plan();
  await before.encodeAll(plan);
  const job = await StreamJob.of(source, wish);
  const { bytes } = await job.plan();
  expect(bytes, "the same source and wish are planned alike").toBe(`${JSON.stringify(plan)}\n`);
  const { video, chunks } = plan;
  const [chunk] = chunks;
  if (video === null || chunk === undefined) throw new Error("nothing was planned");
  return { before, job, plan, video, chunk };
}

const namesOf = (chunk: PlannedChunk, rendition: string) =>
  chunk.segments.map((_, index) => segmentFile(rendition, chunk.firstSegment + index));
const bytesOf = (job: StreamJob, name: string) => readFileSync(join(job.directory, name));
const copiesOf = (before: StreamJob, chunk: PlannedChunk, renditions: readonly string[]) =>
  new Map(renditions.flatMap((id) => namesOf(chunk, id)).map((name) => [name, bytesOf(before, name)]));
const encode = (video: PlannedVideo, plan: StreamPlan, chunk: PlannedChunk) =>
  ({ kind: "encode", video, segmentSeconds: plan.segmentSeconds, chunk }) as const;

it("copies what another stream has and encodes the rest, which keeps its own names", async () => {
  const { before, job, plan, video, chunk } = await twoFilms();
  job.reused = copiesOf(before, chunk, ["video-1", "video-3"]);
  const result = await job.run(encode(video, plan, chunk));
  expect(result.report?.renditions.map(({ id }) => id)).toEqual(["video-2"]);
  expect(result.files.map(({ name }) => name).sort()).toEqual(
    ["video-1", "video-2", "video-3"].flatMap((id) => namesOf(chunk, id)),
  );
  for (const name of [...namesOf(chunk, "video-1"), ...namesOf(chunk, "video-3")])
    expect(bytesOf(job, name).equals(bytesOf(before, name)), name).toBe(true);
  const made = await joined(job.directory, [initFile("video-2"), ...namesOf(chunk, "video-2")]);
  expect(await packetsOf(made)).toHaveLength(chunk.pictures);
});

it("reads nothing of the source where nothing is left to encode", async () => {
  const { before, job, plan, video, chunk } = await twoFilms();
  job.reused = copiesOf(before, chunk, ["video-1", "video-2", "video-3"]);
  const read = job.sourceBytesRead;
  const result = await job.run(encode(video, plan, chunk));
  expect(job.sourceBytesRead).toBe(read);
  expect(result).toMatchObject({ encoder: null });
  expect(result.report).toBeUndefined();
  expect(result.files).toHaveLength(3 * chunk.segments.length);
});

it("looks for the rate factors of what it encodes alone", async () => {
  const source = await streamSource("constant.mp4");
  const target = { metric: "ssim", value: 0.9 } as const;
  const job = await StreamJob.of(source, { ...wish, video: { ...wish.video, targetQuality: target } });
  const { plan } = await job.plan();
  const [chunk] = plan.chunks;
  if (plan.video === null || chunk === undefined) throw new Error("nothing was planned");
  job.reused = new Map(namesOf(chunk, "video-1").map((name) => [name, Buffer.from("a copy")]));
  const { factors } = await job.run(encode(plan.video, plan, chunk));
  expect(factors?.renditions.map(({ id }) => id)).toEqual(["video-2", "video-3"]);
});

it.each(["input_changed", "download_failed"] as const)("encodes all where a copy ends as %s", async (code) => {
  const { before, job, plan, video, chunk } = await twoFilms();
  const copies = copiesOf(before, chunk, ["video-1"]);
  const [, second] = [...copies.keys()];
  job.reused = new Map<string, Buffer | ReelwayError>(copies).set(second ?? "", new ReelwayError(code, "it is gone"));
  const { report, files } = await job.run(encode(video, plan, chunk));
  expect(report?.renditions.map(({ id }) => id)).toEqual(["video-1", "video-2", "video-3"]);
  expect(files).toHaveLength(3 * chunk.segments.length);
});

it("goes back as any other task where there is no room for the copies", async () => {
  const { job, plan, video, chunk } = await twoFilms();
  job.reused = new Map([[segmentFile("video-1", 1), new ReelwayError("scratch_full", "no room")]]);
  expect(await failureOf(job.run(encode(video, plan, chunk)))).toMatchObject({ code: "scratch_full" });
});
