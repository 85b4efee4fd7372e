import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { defaultRegion } from "@reelway/shared/regions";
import { until } from "@reelway/stack/process/until";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listObjects } from "../support/bucket-listing.ts";
import { probeFile, smallClip } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, fetchOutput, submit } from "./convert.ts";

const CAUGHT_UP_WITHIN_MS = 60_000;

let stack: TestStack;
beforeEach(async () => {
  stack = await startTestStack({ settings: { REELWAY_CRON_SECONDS: "1" } });
});
afterEach(() => stack.stop());

/** Where the embedded stack keeps D1; queues and files lie beside it, and stay as they are. */
const database = () => join(stack.dataDir, "state/v3/d1");

/** Stops the control plane, works on its files, and starts it again. */
async function whileStopped(work: () => void): Promise<void> {
  stack.killControlPlane();
  await stack.restartControlPlane({ beforeStart: work });
}

test("an older database put back: what was in it is there again, and jobs that ended since have ended", async () => {
  const runner = await stack.startRunner();
  runner.pause();
  const before = await submit(stack.client, smallClip(), { preset: "mp3" });
  const dump = join(stack.dataDir, "dump");
  await whileStopped(() => cpSync(database(), dump, { recursive: true }));

  runner.resume();
  const job = await ended(stack.client, before.id);
  expect(job.state).toBe("succeeded");
  const { items: events } = await stack.client.events.list();

  await whileStopped(() => {
    rmSync(database(), { recursive: true });
    cpSync(dump, database(), { recursive: true });
  });
  await until(async () => (await stack.client.jobs.get(job.id)).state === "succeeded", CAUGHT_UP_WITHIN_MS);
  expect(await stack.client.jobs.get(job.id)).toEqual(job);
  expect((await stack.client.events.list()).items.map(({ id, type }) => [id, type])).toEqual(
    events.map(({ id, type }) => [id, type]),
  );
  expect(probeFile(await fetchOutput(stack, job)).streams).toHaveLength(1);

  const next = await submit(stack.client, smallClip(), { preset: "mp3" });
  expect(await ended(stack.client, next.id)).toMatchObject({ state: "succeeded", attempt: 1 });
});

test("what an older database has forgotten is found in the buckets, and deleted", async () => {
  await stack.startRunner();
  const kept = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "mp3" })).id);
  const dump = join(stack.dataDir, "dump");
  await whileStopped(() => cpSync(database(), dump, { recursive: true }));
  const forgotten = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "gif" })).id);
  const { storage } = stack.client;
  const region = defaultRegion;
  expect((await storage.unknown({ region })).items).toEqual([]);

  await whileStopped(() => {
    rmSync(database(), { recursive: true });
    cpSync(dump, database(), { recursive: true });
  });
  await expect(stack.client.jobs.get(forgotten.id)).rejects.toMatchObject({ code: "not_found" });
  expect(await storage.missing()).toMatchObject({ items: [] });
  const { items } = await storage.unknown({ region });
  // Its source, and what it made.
  expect(items).toHaveLength(2);
  const roots = items.map(({ root }) => root);
  expect((await storage.deleteUnknown({ region, roots })).roots).toEqual([]);
  expect((await storage.deleteUnknown({ region, roots, olderThanHours: 0 })).roots.sort()).toEqual(roots.sort());
  const isGone = async () =>
    (await listObjects(stack, region)).every(({ key }) => !roots.some((root) => key.startsWith(root)));
  expect(await until(isGone, CAUGHT_UP_WITHIN_MS)).toBe(true);
  expect(probeFile(await fetchOutput(stack, kept)).streams).toHaveLength(1);
});
