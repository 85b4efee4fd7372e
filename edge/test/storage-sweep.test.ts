import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { beforeAll, expect, test } from "vitest";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { bucketOf } from "../src/env.ts";
import { retryJob } from "../src/jobs/retry-job.ts";
import { sweepStorage } from "../src/storage-sweep/sweep-storage.ts";
import { findAsset } from "../src/store/assets.ts";
import { markAssetDeleted } from "../src/store/erasures.ts";
import type { StorageSweepRow } from "../src/store/rows.ts";
import { api } from "./support/api.ts";
import { announce, storageOf, upload } from "./support/assets.ts";
import { jobRow, leaseOver } from "./support/fleet.ts";
import { complete, end, expireLease, leased, prefixOf, write } from "./support/leases.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

let key: TestKey;
beforeAll(async () => {
  key = await bootstrapped();
});

const sweepOf = (prefix: string) =>
  env.DB.prepare("SELECT * FROM storage_sweeps WHERE prefix = ?").bind(prefix).first<StorageSweepRow>();

async function planned(prefix: string): Promise<StorageSweepRow> {
  const row = await sweepOf(prefix);
  if (!row) throw new Error(`nothing is planned for ${prefix}`);
  return row;
}

async function keysBelow(region: RegionId, prefix: string): Promise<string[]> {
  return (await bucketOf(env, region).list({ prefix })).objects.map((object) => object.key);
}

test("what a lost lease wrote is deleted when its grants are over, twice; what was accepted stays", async () => {
  const { job, task, runner } = await leased("weur");
  await write(task, runner, "lost.json");
  const lost = `${await prefixOf(task, runner)}lost.json`;
  await expireLease(task);
  const [next] = await leaseOver(runner);
  if (next?.taskId !== task.taskId) throw new Error("not leased again");
  await complete(runner, next.leaseToken, [await write(next, runner, "metadata.json")]);
  const accepted = `${await prefixOf(next, runner)}metadata.json`;

  const { dueAt } = await planned(`${job.storageRoot}/`);
  expect(dueAt).toBeGreaterThanOrEqual(Math.max(task.expiresAt, next.expiresAt) + limits.grantSlackMs);
  await sweepStorage(env, dueAt - 1);
  expect(await keysBelow("weur", job.storageRoot)).toEqual([lost, accepted]);
  await sweepStorage(env, dueAt);
  expect(await keysBelow("weur", job.storageRoot)).toEqual([accepted]);

  // A PUT that began within its grant ends only now.
  await bucketOf(env, "weur").put(lost, "late");
  await sweepStorage(env, dueAt + limits.storageSweepAgainMs);
  expect(await keysBelow("weur", job.storageRoot)).toEqual([accepted]);
  expect(await sweepOf(`${job.storageRoot}/`)).toBeNull();
});

test("a job that succeeded with its first lease leaves nothing to sweep", async () => {
  const { job, task, runner } = await leased("weur");
  await complete(runner, task.leaseToken, [await write(task, runner, "metadata.json")]);
  expect((await jobRow(job.id)).state).toBe("succeeded");
  expect(await sweepOf(`${job.storageRoot}/`)).toBeNull();
});

test("the next run writes elsewhere: the sweep of a failed one does not touch it", async () => {
  const { job, task, runner } = await leased("apac");
  await write(task, runner, "first.json");
  await end(runner, task);
  const { dueAt } = await planned(`${job.storageRoot}/`);

  const retried = await retryJob(env, job.tenantId, job.id, Date.now());
  const [entry] = retried.dispatch;
  if (!entry) throw new Error("not retried");
  await dispatchJob(env, entry);
  const [again] = await leaseOver(runner);
  if (again?.taskId !== task.taskId) throw new Error("not leased again");
  const output = await write(again, runner, "second.json");
  await sweepStorage(env, dueAt);
  expect(await keysBelow("apac", job.storageRoot)).toEqual([]);
  expect((await complete(runner, again.leaseToken, [output])).status).toBe(200);
});

test("an asset that is deleted, and put again through a URL that still holds, is deleted again", async () => {
  const { asset } = await announce(key, { bytes: 3 });
  const { bucket, storageKey } = await storageOf(asset.id);
  await api(`/assets/${asset.id}`, { method: "DELETE", key: key.secret });
  await upload(asset.id, new Uint8Array(3));
  const { dueAt } = await planned(storageKey);
  expect(dueAt).toBeGreaterThan(Date.now() + limits.uploadGrantMs);
  await sweepStorage(env, dueAt);
  expect(await bucket.head(storageKey)).toBeNull();
});

test("the parts of an upload that died with its deletion are given up too", async () => {
  const { asset } = await announce(key, { bytes: limits.multipartThresholdBytes + 1 });
  const { bucket, storageKey, uploadId } = await storageOf(asset.id);
  // The row is marked, and then nothing more is done.
  const row = await findAsset(env, key.tenantId, asset.id);
  if (!row) throw new Error("no such asset");
  const audit = auditOfSystem({ action: "asset.delete", resource: asset.id, tenantId: key.tenantId });
  await markAssetDeleted(env, row, audit, Date.now());
  expect(await planned(storageKey)).toMatchObject({ uploadId });
  await sweepStorage(env, (await planned(storageKey)).dueAt);
  const part = bucket.resumeMultipartUpload(storageKey, uploadId ?? "").uploadPart(1, new Uint8Array(1));
  await expect(part).rejects.toThrow(/10024/);
});

test("a bucket that does not answer is left for later, and holds up no other", async () => {
  const [away, here] = await Promise.all((["enam", "weur"] as const).map((region) => leased(region)));
  if (!away || !here) throw new Error("not leased");
  for (const { task, runner } of [away, here]) {
    await write(task, runner, "a.json");
    await end(runner, task);
  }
  const { dueAt } = await planned(`${away.job.storageRoot}/`);
  const list = () => Promise.reject(new Error("away"));
  const silent: R2Bucket = new Proxy(env.BUCKET_ENAM, {
    get: (target, name) => (name === "list" ? list : Reflect.get(target, name).bind(target)),
  });
  await sweepStorage({ ...env, BUCKET_ENAM: silent }, dueAt + 60_000);
  expect(await keysBelow("weur", here.job.storageRoot)).toEqual([]);
  const later = await planned(`${away.job.storageRoot}/`);
  expect(later).toMatchObject({ passes: 0 });
  await sweepStorage(env, later.dueAt);
  expect(await keysBelow("enam", away.job.storageRoot)).toEqual([]);
});
