import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { defaultRegion } from "@reelway/shared/regions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listBucket } from "../support/bucket-listing.ts";
import { filmClip, smallClip, smallFilm } from "../support/clips.ts";
import { storedRows } from "../support/stored-rows.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert, ended, submit } from "./convert.ts";
import { decoded, shortChunks, slowRunner } from "./short-film.ts";

let stack: TestStack;
const runner = () => slowRunner(stack);
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: "6", RETRY_BASE_MS: "200" } });
}, 900_000);
afterAll(() => stack.stop());

test("runners that are killed cost no more than their chunks", async () => {
  await stack.killRunners();
  await Promise.all([runner(), runner()]);
  const job = await submit(stack.client, smallFilm(), shortChunks);
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
    spec: { ...shortChunks.spec, video: { codec: "h265", ladder: [{ shortSide: 360 }], speed: "thorough" } },
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
