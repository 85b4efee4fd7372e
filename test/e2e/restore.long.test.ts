import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MissingBytesPage } from "@reelway/shared/contracts/storage-check";
import { defaultRegion } from "@reelway/shared/regions";
import { until } from "@reelway/stack/process/until";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
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
  await stack.startRunner({ env: { ENGINE_PATH: buildEngine() } });
  const { storage } = stack.client;
  const region = defaultRegion;
  const kept = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "mp3" })).id);
  const video = { ladder: [{ shortSide: 180 }, { shortSide: 144 }] };
  const stream = await submit(stack.client, smallClip(), { spec: { kind: "stream", video } });
  expect((await ended(stack.client, stream.id)).state).toBe("succeeded");
  const before = await listObjects(stack, region);
  expect(await missing()).toEqual({ items: [], objects: before.filter(({ key }) => key.startsWith("t/")).length });

  const dump = join(stack.dataDir, "dump");
  await whileStopped(() => cpSync(database(), dump, { recursive: true }));
  const forgotten = await ended(stack.client, (await submit(stack.client, smallClip(), { preset: "gif" })).id);
  expect((await storage.unknown({ region })).items).toEqual([]);
  await whileStopped(() => {
    rmSync(database(), { recursive: true });
    cpSync(dump, database(), { recursive: true });
  });
  await expect(stack.client.jobs.get(forgotten.id)).rejects.toMatchObject({ code: "not_found" });
  expect((await missing()).items).toEqual([]);
  const { items } = await storage.unknown({ region });
  // Its source, and what it made.
  expect(items).toHaveLength(2);
  const roots = items.map(({ root }) => root);
  expect((await storage.deleteUnknown({ region, roots, afterDays: 0 })).roots.sort()).toEqual(roots.sort());
  const isGone = async () =>
    (await listObjects(stack, region)).every(({ key }) => !roots.some((root) => key.startsWith(root)));
  expect(await until(isGone, CAUGHT_UP_WITHIN_MS)).toBe(true);
  expect(probeFile(await fetchOutput(stack, kept)).streams).toHaveLength(1);
  expect((await missing()).items).toEqual([]);
});

/** Sources, and then results. */
async function missing(): Promise<Pick<MissingBytesPage, "items" | "objects">> {
  const { storage } = stack.client;
  const sources = await storage.missing({ limit: 100 });
  const results = await storage.missing({ limit: 100, cursor: sources.nextCursor ?? "" });
  expect(results.nextCursor).toBeNull();
  return { items: [...sources.items, ...results.items], objects: sources.objects + results.objects };
}
