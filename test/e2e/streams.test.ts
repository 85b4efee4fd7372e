import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clip, smallFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, submit } from "./convert.ts";
import { decoded, shortChunks, slowRunner } from "./short-film.ts";

let stack: TestStack;
const runner = () => slowRunner(stack);
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
}, 900_000);
afterAll(() => stack.stop());

const textOf = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

test("a film is made in chunks by several runners, can be watched before it is done, and loses no frame", async () => {
  await Promise.all([runner(), runner()]);
  const job = await submit(stack.client, smallFilm(), shortChunks);
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

test("a source that can't be cut is made as a whole, and says why", async () => {
  await stack.killRunners();
  await runner();
  const path = clip("small-film.avi", "-i", smallFilm(), "-t", "6", "-c:v", "mpeg4", "-c:a", "mp3");
  const job = await convert(stack.client, path, shortChunks);
  const plan = await stack.client.jobs.plan(job.id);
  expect(plan.chunks).toEqual([]);
  expect(plan.whole?.reason).toMatch(/./);
  const { hls } = await stack.client.jobs.playback(job.id);
  expect(decoded(hls).frames).toBe(decoded(path).frames);
});
