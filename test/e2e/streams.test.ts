import { execFileSync } from "node:child_process";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { defaultRegion } from "@reelway/shared/regions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { listBucket } from "../support/bucket-listing.ts";
import { clip, filmClip, smallClip, smallFilm } from "../support/clips.ts";
import { storedRows } from "../support/stored-rows.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, submit } from "./convert.ts";

let stack: TestStack;
const runner = () => stack.startRunner({ env: { ENGINE_PATH: buildEngine(), CONCURRENCY: "1", FFMPEG_THREADS: "1" } });
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
}, 900_000);
afterAll(() => stack.stop());

/** Short chunks, so that a short film has several. */
const request = {
  spec: {
    kind: "stream" as const,
    video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" as const },
    chunkSeconds: 8,
  },
};

/** Decodes all of what a URL or file leads to: the frames of the largest picture, and the samples of the sound. */
function decoded(source: string): { frames: number; samples: number } {
  const framesOf = (map: string) => {
    const args = ["-nostdin", "-v", "error", "-i", source, "-map", map, "-f", "framemd5", "-"];
    const lines = execFileSync("ffmpeg", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\n");
    return lines.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(",")[3]));
  };
  return { frames: framesOf("0:v:0").length, samples: framesOf("0:a:0").reduce((sum, samples) => sum + samples, 0) };
}

const textOf = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

test("a film is made in chunks by several runners, can be watched before it is done, and loses no frame", async () => {
  await Promise.all([runner(), runner()]);
  const job = await submit(stack.client, smallFilm(), request);
  let early: string | null = null;
  for await (const status of stack.client.jobs.watch(job.id)) {
    if (isTerminal(status.state)) break;
    if (early !== null || (await stack.client.jobs.get(job.id)).playableAt === null) continue;
    const { hls } = await stack.client.jobs.playback(job.id);
    const main = await textOf(hls);
    const media = await textOf(new URL("video-1/playlist.m3u8", hls).href);
    expect([main.status, media.status]).toEqual([200, 200]);
    if (!media.text.includes("#EXT-X-ENDLIST")) early = media.text;
  }
  const done = await stack.client.jobs.get(job.id);
  expect([done.state, done.error]).toEqual(["succeeded", null]);
  expect(early, "a player could start before the end").toContain("#EXT-X-PLAYLIST-TYPE:EVENT");

  const plan = await stack.client.jobs.plan(job.id);
  expect(plan.chunks.length).toBeGreaterThan(2);
  const { hls } = await stack.client.jobs.playback(job.id);
  const [source, result] = [decoded(smallFilm()), decoded(hls)];
  expect(result.frames).toBe(source.frames);
  // Within one frame of AAC: decoders differ in what they make of the priming.
  expect(Math.abs(result.samples - source.samples)).toBeLessThanOrEqual(1_024);
  expect(done.outputs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["main.m3u8", "manifest.mpd", "poster.jpg"]),
  );
});

test("runners that are killed cost no more than their chunks", async () => {
  await stack.killRunners();
  await Promise.all([runner(), runner()]);
  const job = await submit(stack.client, smallFilm(), request);
  let kills = 0;
  for await (const status of stack.client.jobs.watch(job.id)) {
    if (isTerminal(status.state)) break;
    if (kills < 2 && status.percent > 20 + kills * 25) {
      kills += 1;
      await stack.killRunners();
      await Promise.all([runner(), runner()]);
    }
  }
  const done = await ended(stack.client, job.id);
  expect([done.state, kills]).toEqual(["succeeded", 2]);
  const { hls } = await stack.client.jobs.playback(job.id);
  expect(decoded(hls).frames).toBe(decoded(smallFilm()).frames);
});

test("a film that is cancelled: every chunk under way stops within a moment, and nothing of it goes on", async () => {
  await stack.killRunners();
  const runners = await Promise.all([runner(), runner(), runner()]);
  const { id } = await submit(stack.client, filmClip(), {
    spec: { ...request.spec, video: { codec: "h265", ladder: [{ shortSide: 360 }], speed: "thorough" } },
  });
  const chunks = async () => (await stack.client.jobs.tasks(id)).items.filter(({ part }) => part.startsWith("encode:"));
  const atWork = async () => {
    const leased = (await chunks()).filter(({ state }) => state === "leased").length;
    return leased === runners.length && runners.every((one) => one.childProcesses().length > 0);
  };
  await expect.poll(atWork, { timeout: 120_000, interval: 100 }).toBe(true);

  expect((await stack.client.jobs.cancel(id)).state).toBe("canceled");
  // Left to itself a chunk takes half a minute and more.
  const running = () => runners.flatMap((one) => one.childProcesses());
  await expect.poll(running, { timeout: 15_000, interval: 50 }).toEqual([]);
  await expect.poll(() => runners.flatMap((one) => one.scratchFiles()), { timeout: 15_000 }).toEqual([]);
  const ends = new Set((await chunks()).map(({ state }) => state));
  const root = storedRows(stack.dataDir, `SELECT storageRoot FROM jobs WHERE id = '${id}'`)[0]?.storageRoot;
  const stored = async () => (await listBucket(stack, defaultRegion)).filter((key) => key.startsWith(`${root}/`));
  const left = await stored();
  // Whoever worked on it is free for others, and takes up nothing of it again.
  await Promise.all(runners.map(() => convert(stack.client, smallClip(), { preset: "mp3" })));
  expect([...ends]).not.toContain("leased");
  expect(new Set((await chunks()).map(({ state }) => state))).toEqual(ends);
  expect(await stored()).toEqual(left);
  expect((await stack.client.jobs.get(id)).state).toBe("canceled");
});

test("a source that can't be cut is made as a whole, and says why", async () => {
  await stack.killRunners();
  await runner();
  const path = clip("small-film.avi", "-i", smallFilm(), "-t", "6", "-c:v", "mpeg4", "-c:a", "mp3");
  const job = await convert(stack.client, path, request);
  const plan = await stack.client.jobs.plan(job.id);
  expect(plan.chunks).toEqual([]);
  expect(plan.whole?.reason).toMatch(/./);
  const { hls } = await stack.client.jobs.playback(job.id);
  expect(decoded(hls).frames).toBe(decoded(path).frames);
});
