import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "@reelway/shared/contracts/job";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProgram } from "../../runner/src/box/programs.ts";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { cliIn } from "../../shared/cli/test/run-cli.ts";
import { smallFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, oneThread } from "./convert.ts";

const folder = folderOfFile("remake");
const calls = join(folder, "calls");
let stack: TestStack;
let cli: ReturnType<typeof cliIn>;
let film: Job;

const spec = {
  kind: "stream" as const,
  video: { ladder: [{ shortSide: 180 }, { shortSide: 160 }, { shortSide: 144 }], speed: "fast" as const },
  chunkSeconds: 8,
};

/** The real ffmpeg, which writes down with what it is called. */
function writingFfmpeg(): string {
  const path = join(folder, "ffmpeg");
  writeFileSync(
    path,
    `#!/bin/sh\necho "$*" >> '${calls}'\nexec '${findProgram(process.env.FFMPEG_PATH ?? "ffmpeg")}' "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Of each call since then that encoded pictures of a stream: in how many sizes. */
function encodesSince(from: number): number[] {
  const lines = readFileSync(calls, "utf8").slice(from).split("\n");
  // A runner tries its encoders when it begins, too.
  const encodes = lines.filter((line) => line.includes("file:encoded-1.mp4"));
  return encodes.map((line) => line.split("-c:v libx264").length - 1);
}
const sofar = () => readFileSync(calls, "utf8").length;

const runner = () =>
  stack.startRunner({
    env: {
      ...{ FFMPEG_PATH: writingFfmpeg(), SANDBOX: "off", ENGINE_PATH: buildEngine() },
      ...oneThread,
    },
  });

beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
  cli = cliIn(stack, folder);
  await runner();
  film = await convert(stack.client, smallFilm(), {
    spec: { ...spec, downloads: "all", qualityReport: true },
    tags: ["holiday"],
  });
}, 900_000);
afterAll(() => stack?.stop());

const frames = (source: string) => {
  const args = ["-nostdin", "-v", "error", "-i", source, "-map", "0:v:0", "-f", "framemd5", "-"];
  const lines = execFileSync("ffmpeg", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\n");
  return lines.filter((line) => /^\d/.test(line)).length;
};

async function bytesAt(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The segments of a job's size, as players get them. */
async function segments(jobId: string, rendition: string): Promise<Buffer[]> {
  const { hls } = await stack.client.jobs.playback(jobId);
  const list = new URL(`${rendition}/playlist.m3u8`, hls);
  const names = (await bytesAt(list.href)).toString().match(/^seg-\d+\.m4s$/gm) ?? [];
  expect(names.length).toBeGreaterThan(3);
  return Promise.all(names.map((name) => bytesAt(new URL(name, list).href)));
}

async function expectWhole({ id }: Job, sizes: number) {
  const { hls } = await stack.client.jobs.playback(id);
  for (let place = 1; place <= sizes; place++)
    expect(frames(new URL(`video-${place}/playlist.m3u8`, hls).href)).toBe(frames(smallFilm()));
}

async function expectSame(one: Job, rendition: string, other: Job, of: string) {
  const [made, before] = await Promise.all([segments(one.id, rendition), segments(other.id, of)]);
  expect(made.map((bytes, place) => before[place]?.equals(bytes))).toEqual(before.map(() => true));
}

const idIn = ({ code, stdout, stderr }: Awaited<ReturnType<typeof cli.run>>) => {
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return stdout.trim().split("\n")[0] ?? "";
};

test("one size is made anew, and the others are copied byte for byte, without an encode of theirs", async () => {
  const before = sofar();
  const id = idIn(await cli.run("jobs", "remake", film.id, "--size", "160p"));
  const job = await ended(stack.client, id);
  expect([job.state, job.error]).toEqual(["succeeded", null]);
  expect(job).toMatchObject({ assetId: film.assetId, tags: ["holiday"], spec: { reuse: { jobId: film.id } } });
  const plan = await stack.client.jobs.plan(id);
  expect(plan.reused).toEqual({
    ...{ jobId: film.id, reason: null },
    renditions: [
      { id: "video-1", of: "video-1" },
      { id: "video-3", of: "video-3" },
    ],
  });
  expect(plan.chunks.length).toBeGreaterThan(2);
  // The plan tries all sizes with a few pictures.
  expect(encodesSince(before)).toEqual([3, ...plan.chunks.map(() => 1)]);

  await expectSame(job, "video-1", film, "video-1");
  await expectSame(job, "video-3", film, "video-3");
  await expectWhole(job, 3);
  await expectWhole(film, 3);
  const quality = await stack.client.jobs.quality(id);
  const pictures = frames(smallFilm());
  expect(quality.renditions.map((one) => [one.name, one.pictures])).toEqual([
    ["180p", pictures],
    ["160p", pictures],
    ["144p", pictures],
  ]);
  expect(job.outputs.filter(({ role }) => role === "video").map(({ name }) => name)).toEqual([
    ...["film-180p.mp4", "film-160p.mp4", "film-144p.mp4"],
  ]);
  const saved = await cli.run("jobs", "download", id, "--quality", "144p", "-o", "small.mp4");
  expect(saved.code).toBe(0);
  expect(frames(join(cli.folder, "small.mp4"))).toBe(pictures);
  const printed = (await cli.run("jobs", "plan", id)).stdout;
  expect(printed).toContain(`2 sizes of ${film.id}`);
}, 400_000);

test("a size more is the only one that is encoded, and what was there moves down in the ladder", async () => {
  const before = sofar();
  const added = await cli.run("jobs", "remake", film.id, "--add", "170p", "--watch");
  const job = await stack.client.jobs.get(idIn(added));
  expect([job.state, job.error]).toEqual(["succeeded", null]);
  const plan = await stack.client.jobs.plan(job.id);
  expect(plan.video?.renditions.map(({ name }) => name)).toEqual(["180p", "170p", "160p", "144p"]);
  expect(encodesSince(before)).toEqual([4, ...plan.chunks.map(() => 1)]);
  await expectSame(job, "video-1", film, "video-1");
  await expectSame(job, "video-3", film, "video-2");
  await expectSame(job, "video-4", film, "video-3");
  await expectWhole(job, 4);
}, 400_000);

test("where the other is deleted before the chunks are made, all sizes are encoded, and nothing fails", async () => {
  const { id } = await stack.client.jobs.create({
    assetId: film.assetId,
    spec: { ...spec, reuse: { jobId: film.id, except: ["180p"] } },
  });
  const planned = async () =>
    (await stack.client.jobs.tasks(id)).items.some(({ part, state }) => part === "plan" && state === "done");
  await expect.poll(planned, { timeout: 120_000, interval: 20 }).toBe(true);
  await stack.killRunners();
  const made = (await stack.client.jobs.tasks(id)).items.filter(
    ({ part, state }) => part.startsWith("encode:") && state === "done",
  );
  expect(made.length, "most is to be made yet").toBeLessThan(2);
  await stack.client.jobs.deleteOutputs(film.id);
  const before = sofar();
  await runner();
  const job = await ended(stack.client, id);
  expect([job.state, job.error]).toEqual(["succeeded", null]);
  const { reused, chunks } = await stack.client.jobs.plan(id);
  expect(reused?.renditions).toHaveLength(2);
  expect(encodesSince(before)).toEqual(chunks.slice(made.length).map(() => 3));
  await expectWhole(job, 3);

  const refused = await cli.run("jobs", "remake", film.id, "--size", "160p");
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("deleted")]);
}, 400_000);
