import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Job } from "@reelway/shared/contracts/job";
import { isRetryable } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { defaultRegion } from "@reelway/shared/regions";
import { until } from "@reelway/stack/process/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { listBucket, putInBucket } from "../support/bucket-listing.ts";
import { grainyFilm } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { changeStoredRows, storedRows } from "../support/stored-rows.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { decodedFrames } from "./chaos/decoded.ts";
import { seededRandom } from "./chaos/random.ts";
import { RunnerCrew } from "./chaos/runner-crew.ts";
import { type Outages, Viewer } from "./chaos/viewer.ts";
import { ended, oneThread } from "./convert.ts";

/** Ten or more: `make chaos` has 60. The opening's are of 6, 6 and 12 seconds, all others of 8. */
const chunks = Number(process.env.REELWAY_CHAOS_CHUNKS || 10);
const seed = Number(process.env.REELWAY_CHAOS_SEED || randomInt(2 ** 31));
const runners = 3;
/** On a machine that needs longer than this for a chunk nothing would ever be done: so there is a most. */
const kills = { everyMs: 3_000, atMost: 2 * chunks };
const lookEveryMs = 500;
/** The control plane is killed when this share of the chunks is made. */
const restartsAt = [1 / 3, 2 / 3];
const sweptWithinMs = 60_000;

const spec = {
  kind: "stream" as const,
  video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" as const },
  chunkSeconds: 8,
};
const renditions = ["video-1", "video-2", "audio-1"];

let stack: TestStack;
beforeAll(async () => {
  // A chunk may be hit again and again: how often one is tried is not what is looked at here.
  const settings = { LEASE_SECONDS: "10", RETRY_BASE_MS: "100", MAX_RETRIES: "50", REELWAY_CRON_SECONDS: "1" };
  stack = await startTestStack({ settings });
}, 900_000);
afterAll(() => stack?.stop());

test(
  `runners and control plane killed at random while ${chunks} chunks are made (seed ${seed})`,
  async () => {
    const random = seededRandom(seed);
    const env = { ENGINE_PATH: buildEngine(), ...oneThread };
    const crew = await RunnerCrew.start({ stack, size: runners, kills, random, env });
    const asset = await stack.client.assets.upload(await fileSource(grainyFilm(chunks * 8)));
    const undisturbed = await ended(stack.client, (await stack.client.jobs.create({ assetId: asset.id, spec })).id);
    expect([undisturbed.state, undisturbed.error]).toEqual(["succeeded", null]);

    const { id } = await stack.client.jobs.create({ assetId: asset.id, spec });
    crew.beginKilling();
    const outages = { isOn: false, count: 0 };
    const seen = Promise.all([watch(id, outages), restartOnTheWay(id, outages)]);
    const [viewer, restarts] = await seen.finally(() => crew.endKilling());
    const done = await stack.client.jobs.get(id);
    const made = (await stack.client.jobs.tasks(id)).items.filter(({ part }) => part.startsWith("encode:"));
    const again = made.reduce((sum, { attempt }) => sum + Math.max(0, attempt - 1), 0);
    console.log(
      `seed ${seed}: ${crew.kills} runners killed, the control plane ${restarts} times; ${again} of ${made.length} chunks ` +
        `re-encoded; a viewer looked ${viewer.looks} times at ${viewer.listed.length} names in ${viewer.playlists.length} ` +
        `playlists, which grew ${viewer.steps} times`,
    );
    expect([done.state, done.error, restarts]).toEqual(["succeeded", null, restartsAt.length]);
    expect(made).toHaveLength(chunks);
    expect(again).toBeLessThanOrEqual(crew.kills + restarts * runners);
    expect(done.playableAt).toBeLessThan(done.finishedAt ?? 0);

    await stack.killRunners();
    const swept = await sweep(done, viewer.listed);
    console.log(`${swept} objects of lost leases were swept`);
    await viewer.lookAgain();
    expect(viewer.faults).toEqual([]);
    expect(viewer.playlists).toEqual(expect.arrayContaining(renditions.map((name) => `${name}/playlist.m3u8`)));
    for (const part of renditions) expect(await framesOf(done, part), part).toEqual(await framesOf(undisturbed, part));
  },
  240_000 + chunks * 30_000,
);

/** Looks as a viewer from when there is something to play until the film has come to its end. */
async function watch(id: string, outages: Outages): Promise<Viewer> {
  const viewer = new Viewer(await mainPlaylist(id), outages);
  while (!(await viewer.look())) {
    const { state, error } = await answered(() => stack.client.jobs.status(id));
    if (isTerminal(state) && state !== "succeeded") throw new Error(`the job ended ${state}: ${JSON.stringify(error)}`);
    await delay(lookEveryMs);
  }
  return viewer;
}

/** Waits until there is something to play. */
async function mainPlaylist(id: string): Promise<string> {
  for (;;) {
    const { state, error, playableAt } = await answered(() => stack.client.jobs.get(id));
    if (state === "failed") throw new Error(`the job failed: ${JSON.stringify(error)}`);
    if (playableAt !== null) return (await answered(() => stack.client.jobs.playback(id))).hls;
    await delay(lookEveryMs);
  }
}

/** Kills the control plane on the way, workerd included, and starts it again. Returns how often. */
async function restartOnTheWay(id: string, outages: Outages): Promise<number> {
  for (const share of restartsAt) {
    while ((await chunksMade(id)) < share * chunks) await delay(lookEveryMs);
    outages.isOn = true;
    outages.count += 1;
    stack.killControlPlane();
    await stack.restartControlPlane();
    outages.isOn = false;
  }
  return outages.count;
}

/** Asks until there is an answer: the control plane may be away. */
async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ReelwayError) || !isRetryable(error.code)) throw error;
      await delay(lookEveryMs);
    }
  }
}

async function chunksMade(id: string): Promise<number> {
  const { items } = await answered(() => stack.client.jobs.tasks(id));
  return items.filter(({ part, state }) => part.startsWith("encode:") && state === "done").length;
}

/**
 * Brings the sweep of a job's storage forward, as nobody can write there any more, and sees that it deletes what lost
 * leases left, and nothing that players are told of. Returns how many objects it deleted.
 */
async function sweep({ id }: Job, listed: readonly string[]): Promise<number> {
  const [row] = storedRows(stack.dataDir, `SELECT storageRoot FROM jobs WHERE id = '${id}'`);
  const root = `${row?.storageRoot}/`;
  const below = async () => (await listBucket(stack, defaultRegion)).filter((key) => key.startsWith(root));
  // A runner that was killed between two of its PUTs leaves such a thing, which is rare: here is one for sure.
  await putInBucket(stack, defaultRegion, `${root}of-a-lost-lease/1/video-1/seg-00001.m4s`, "late");
  const before = await below();
  stack.killControlPlane();
  const beforeStart = () =>
    changeStoredRows(stack.dataDir, "UPDATE storage_sweeps SET dueAt = 0 WHERE prefix = ?", root);
  await stack.restartControlPlane({ beforeStart });
  const isSwept = () => storedRows(stack.dataDir, `SELECT passes FROM storage_sweeps WHERE prefix = '${root}'`);
  expect(await until(() => isSwept()[0]?.passes === 1, sweptWithinMs), "the sweep has been there").toBe(true);
  const after = await below();
  const alive = livePrefixes(id);
  expect(after.filter((key) => !alive.some((prefix) => key.startsWith(prefix)))).toEqual([]);
  // Asked for by name, for what is served may come from a cache.
  const names = new Set(after.map((key) => key.split("/").slice(-2).join("/")));
  expect(listed.filter((name) => !names.has(name))).toEqual([]);
  return before.length - after.length;
}

/** Where what was accepted of a job lies. */
function livePrefixes(id: string): string[] {
  const ofParts = `SELECT prefix FROM job_parts WHERE jobId = '${id}'`;
  const ofFinish = `SELECT manifest ->> '$.prefix' AS prefix FROM jobs WHERE id = '${id}'`;
  return storedRows(stack.dataDir, `${ofParts} UNION ${ofFinish}`).map(({ prefix }) => String(prefix));
}

async function framesOf({ id }: Job, part: string): Promise<string[]> {
  const { hls } = await stack.client.jobs.playback(id);
  return decodedFrames(new URL(`${part}/playlist.m3u8`, hls).href);
}
