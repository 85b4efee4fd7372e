import type { Job } from "@reelway/shared/contracts/job";
import type { JobTask } from "@reelway/shared/contracts/job-task";
import { defaultRegion } from "@reelway/shared/regions";
import { until } from "@reelway/stack/process/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { listBucket, putInBucket } from "../support/bucket-listing.ts";
import { grainyFilm } from "../support/clips.ts";
import { changeStoredRows, storedRows } from "../support/stored-rows.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { decodedFrames } from "./chaos/decoded.ts";
import { convert, ended, oneThread, submit } from "./convert.ts";

const leaseSeconds = 300;
const sweptWithinMs = 60_000;
const tailWithinMs = 240_000;

const request = {
  spec: {
    kind: "stream" as const,
    video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" as const },
    chunkSeconds: 8,
  },
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ settings: { LEASE_SECONDS: String(leaseSeconds), REELWAY_CRON_SECONDS: "1" } });
}, 900_000);
afterAll(() => stack?.stop());

const chunksOf = async (jobId: string) =>
  (await stack.client.jobs.tasks(jobId)).items.filter(({ part }) => part.startsWith("encode:"));

/** Stops a runner in the middle of one of the last chunks, when nothing else is left to be given out; answers which. */
async function stopAtTheTail(jobId: string, runners: readonly TestRunner[]): Promise<[TestRunner, JobTask]> {
  let stopped: [TestRunner, JobTask] | undefined;
  const found = await until(async () => {
    const chunks = await chunksOf(jobId);
    const rest = chunks.filter(({ state }) => state !== "done");
    const [held] = rest.filter(({ state }) => state === "leased");
    const holder = runners.find(({ id }) => id === held?.runnerId);
    if (!held || !holder || chunks.length < 3 || rest.length > 2 || rest.some(({ state }) => state !== "leased"))
      return false;
    holder.pause();
    // It may have been done at that very moment: then another one is taken.
    const task = (await chunksOf(jobId)).find(({ part }) => part === held.part);
    if (task?.state !== "leased") holder.resume();
    else stopped = [holder, task];
    return stopped !== undefined;
  }, tailWithinMs);
  if (!found || !stopped) throw new Error("the film was over before anybody could be stopped");
  return stopped;
}

test("a runner that stands still in the last chunk holds up nobody: another makes it too, and the first is told that it is lost", async () => {
  const env = { ENGINE_PATH: buildEngine(), ...oneThread };
  const runners = await Promise.all([stack.startRunner({ env }), stack.startRunner({ env })]);
  const undisturbed = await convert(stack.client, grainyFilm(40), request);
  const job = await submit(stack.client, grainyFilm(40), request);
  const [frozen, chunk] = await stopAtTheTail(job.id, runners);
  const stoppedAt = Date.now();

  const done = await ended(stack.client, job.id);
  const tookMs = Date.now() - stoppedAt;
  console.log(`${chunk.part}: the film ended ${Math.round(tookMs / 1_000)} s after its runner stood still`);
  expect([done.state, done.error, done.attempt]).toEqual(["succeeded", null, 1]);
  expect(tookMs).toBeLessThan((leaseSeconds * 1_000) / 3);
  const hedged = (await chunksOf(job.id)).find(({ part }) => part === chunk.part);
  expect(hedged).toMatchObject({ state: "done", attempt: 1, hedge: null, error: null });
  expect(hedged?.runnerId).toBe(runners.find(({ id }) => id !== frozen.id)?.id);
  expect(await picturesOf(done)).toEqual(await picturesOf(undisturbed));

  frozen.resume();
  await frozen.logged(/lost|lease_lost/);
  await expect.poll(() => frozen.childProcesses(), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => frozen.scratchFiles(), { timeout: 10_000 }).toEqual([]);
  expect(await stack.client.jobs.get(job.id)).toEqual(done);
  await sweepsWhatLostLeasesLeft(done, chunk.part);
}, 480_000);

/** The digests of all pictures of the larger quality. */
async function picturesOf({ id }: Job): Promise<string[]> {
  const { hls } = await stack.client.jobs.playback(id);
  return decodedFrames(new URL("video-1/playlist.m3u8", hls).href);
}

/** What a lease that was outrun has uploaded lies under its own epoch, and is deleted. */
async function sweepsWhatLostLeasesLeft({ id }: Job, part: string): Promise<void> {
  const parts = storedRows(stack.dataDir, `SELECT part, prefix FROM job_parts WHERE jobId = '${id}'`);
  const won = String(parts.find((row) => row.part === part)?.prefix);
  const lost = won.replace(/(\d+)\/$/, (_, epoch) => `${Number(epoch) - 1}/`);
  // Whether it had come to its uploads when it was stopped is chance.
  await putInBucket(stack, defaultRegion, `${lost}1/1.m4s`, "half a segment");
  expect([(await keysBelow(lost)).length > 0, (await keysBelow(won)).length > 0]).toEqual([true, true]);

  await stack.killRunners();
  stack.killControlPlane();
  const beforeStart = () => changeStoredRows(stack.dataDir, "UPDATE storage_sweeps SET dueAt = 0");
  await stack.restartControlPlane({ beforeStart });
  expect(await until(async () => (await keysBelow(lost)).length === 0, sweptWithinMs), "it is swept").toBe(true);
  expect((await keysBelow(won)).length).toBeGreaterThan(0);
}

async function keysBelow(prefix: string): Promise<string[]> {
  return (await listBucket(stack, defaultRegion)).filter((key) => key.startsWith(prefix));
}
