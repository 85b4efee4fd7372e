import { env } from "cloudflare:workers";
import { AuditRecord } from "@reelway/shared/contracts/audit";
import { page } from "@reelway/shared/contracts/page";
import { MissingBytesPage, UnknownBytes, UnknownBytesDeleted } from "@reelway/shared/contracts/storage-check";
import { newId, randomKeySegment } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketOf } from "../src/env.ts";
import { findMissingBytes } from "../src/storage-check/missing-bytes.ts";
import { sweepStorage } from "../src/storage-sweep/sweep-storage.ts";
import { api } from "./support/api.ts";
import { announce, readyAsset, storageOf } from "./support/assets.ts";
import { complete, leased, prefixOf, write } from "./support/leases.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

let key: TestKey;
beforeAll(async () => {
  key = await bootstrapped();
});

const get = async (path: string) => (await api(path, { key: key.secret })).json();

/** All pages, of one source or job each: there is always a next where there is more. */
async function missing() {
  const items = [];
  let objects = 0;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const found = MissingBytesPage.parse(await get(`/storage/missing?limit=1${cursor && `&cursor=${cursor}`}`));
    items.push(...found.items);
    objects += found.objects;
    cursor = found.nextCursor;
  }
  return { items, objects };
}

async function unknown(region: RegionId, limit = 1) {
  const items: UnknownBytes[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const found = page(UnknownBytes).parse(
      await get(`/storage/unknown?region=${region}&limit=${limit}${cursor && `&cursor=${cursor}`}`),
    );
    items.push(...found.items);
    cursor = found.nextCursor;
  }
  return items;
}

/** A job that succeeded, with these files. */
async function finished(region: RegionId, ...names: string[]) {
  const { job, task, runner } = await leased(region);
  const outputs = [];
  for (const name of names) outputs.push(await write(task, runner, name));
  await complete(runner, task.leaseToken, outputs);
  return { job, prefix: await prefixOf(task, runner) };
}

describe("bytes that records promise", () => {
  test("are missed where they are gone or changed, of sources and of results", async () => {
    const { job, prefix } = await finished("weur", "metadata.json", "poster.jpg", "other.json");
    const [good, gone, changed] = [await readyAsset(key), await readyAsset(key), await readyAsset(key)];
    expect((await missing()).items).toEqual([]);
    const before = (await missing()).objects;
    expect(before).toBeGreaterThanOrEqual(6);

    await bucketOf(env, "weur").delete(`${prefix}poster.jpg`);
    await bucketOf(env, "weur").put(`${prefix}other.json`, "something else");
    const at = await storageOf(gone.id);
    await at.bucket.delete(at.storageKey);
    const of = await storageOf(changed.id);
    await of.bucket.put(of.storageKey, crypto.getRandomValues(new Uint8Array(1_000)));

    const { items, objects } = await missing();
    expect(objects).toBe(before);
    expect(items).toEqual([
      ...[
        { assetId: gone.id, missing: 1, changed: 0 },
        { assetId: changed.id, missing: 0, changed: 1 },
      ].map((asset) => ({ ...asset, tenantId: key.tenantId, region: at.region, jobId: null, names: ["holiday.mov"] })),
      {
        ...{ tenantId: job.tenantId, region: "weur", assetId: null, jobId: job.id },
        ...{ missing: 1, changed: 1, names: ["poster.jpg", "other.json"] },
      },
    ]);
    expect(items.map(({ assetId }) => assetId)).not.toContain(good.id);
  });

  test("are not missed where they were deleted between the look at the records and that at the bucket", async () => {
    const asset = await readyAsset(key);
    const { storageKey, bucket, region } = await storageOf(asset.id);
    const deleting = {
      ...env,
      [`BUCKET_${region.toUpperCase()}`]: {
        list: async (asked: R2ListOptions) => {
          if (storageKey.startsWith(asked.prefix ?? "")) {
            await api(`/assets/${asset.id}`, { method: "DELETE", key: key.secret });
            await bucket.delete(storageKey);
          }
          return bucket.list(asked);
        },
      },
    };
    const found = await findMissingBytes(deleting, { of: "sources", after: "" }, 100);
    expect(found.items.map(({ assetId }) => assetId)).not.toContain(asset.id);
  });
});

describe("bytes that no record knows", () => {
  const put = async (region: RegionId, root: string, ...names: string[]) => {
    for (const name of names) await bucketOf(env, region).put(`${root}/${name}`, "1234");
    return root;
  };
  const rootBelow = (tenantId: string) => `t/${tenantId}/${randomKeySegment()}`;

  test("are found, of tenants that nobody knows too; what is written, kept or still to be swept is none", async () => {
    const { tenantId } = key;
    await finished("apac", "metadata.json");
    await leased("apac").then(({ task, runner }) => write(task, runner, "half-done.json"));
    const uploading = (await announce(key, { bytes: 5, region: "apac" })).asset;
    const its = await storageOf(uploading.id);
    await its.bucket.put(its.storageKey, "later");
    const deleted = await readyAsset(key, { region: "apac" });
    await api(`/assets/${deleted.id}`, { method: "DELETE", key: key.secret });
    expect(await unknown("apac")).toEqual([]);

    const mine = await Promise.all([1, 2, 3].map(() => put("apac", rootBelow(tenantId), "tsk_1/1/a", "tsk_1/1/b")));
    const strangers = [newId("ten"), newId("ten")].map(rootBelow);
    for (const root of strangers) await put("apac", root, "source");
    await put("apac", "t/nobody/at-all", "a");
    for (const limit of [1, 2, 100]) {
      const found = await unknown("apac", limit);
      expect(found.map(({ root }) => root).sort()).toEqual([...mine, ...strangers].sort());
      expect(found.find(({ root }) => root === mine[0])).toEqual({
        ...{ region: "apac", root: mine[0], objects: 2, bytes: 8, more: false },
        uploadedAt: expect.closeTo(Date.now(), -5),
      });
    }
    expect(await unknown("weur", 100)).toEqual([]);
  });

  test("are deleted where that is asked for, with a line in the log of changes; what a record knows is not", async () => {
    const [asset, stray] = [await readyAsset(key), await put("enam", rootBelow(key.tenantId), "a")];
    const { storageKey, bucket, region } = await storageOf(asset.id);
    const known = storageKey.split("/").slice(0, 3).join("/");
    const ask = async (more: object) => {
      const body = { region, roots: [known, stray, stray], ...more };
      const answer = await api("/storage/unknown/delete", { method: "POST", key: key.secret, body });
      return UnknownBytesDeleted.parse(await answer.json());
    };
    // What was written a moment ago may be known in a moment.
    expect(await ask({})).toEqual({ roots: [] });
    expect(await ask({ olderThanHours: 0 })).toEqual({ roots: [stray] });
    expect(await unknown("enam")).toEqual([]);

    await sweepStorage(env, Date.now());
    expect((await bucket.list({ prefix: stray })).objects).toEqual([]);
    expect(await bucket.head(storageKey)).not.toBeNull();
    const log = page(AuditRecord).parse(await get("/audit?action=storage.delete"));
    expect(log.items).toMatchObject([{ action: "storage.delete", detail: { region, roots: 1 } }]);
  });

  test("can't be named but by a storage root", async () => {
    for (const root of [
      "",
      "t/",
      "audit/1",
      `t/${key.tenantId}`,
      `${rootBelow(key.tenantId)}/a`,
      `t/../${randomKeySegment()}`,
    ]) {
      const body = { region: "enam", roots: [root] };
      expect([root, (await api("/storage/unknown/delete", { method: "POST", key: key.secret, body })).status]).toEqual([
        root,
        422,
      ]);
    }
  });
});
