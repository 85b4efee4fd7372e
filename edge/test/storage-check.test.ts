import { env } from "cloudflare:workers";
import { AuditRecord } from "@reelway/shared/contracts/audit";
import { page } from "@reelway/shared/contracts/page";
import { MissingBytesPage, UnknownBytes, UnknownBytesDeleted } from "@reelway/shared/contracts/storage-check";
import { newId, randomKeySegment } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketOf } from "../src/env.ts";
import { eraseUnknown } from "../src/storage-check/erase-unknown.ts";
import { findMissingBytes } from "../src/storage-check/missing-bytes.ts";
import { findUnknownBytes } from "../src/storage-check/unknown-bytes.ts";
import { api } from "./support/api.ts";
import { announce, readyAsset, storageOf } from "./support/assets.ts";
import { complete, leased, prefixOf, write } from "./support/leases.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";

const dayMs = 86_400_000;

let key: TestKey;
beforeAll(async () => {
  key = await bootstrapped();
});

const get = async (path: string) => (await api(path, { key: key.secret })).json();

/** All pages, of so many sources or jobs each: there is always a next where there is more. */
async function missing(limit = 1) {
  const items = [];
  let objects = 0;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const found = MissingBytesPage.parse(await get(`/storage/missing?limit=${limit}${cursor && `&cursor=${cursor}`}`));
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

/** A stream that is finished: a playlist, and a segment in each of its parts, in the order of their names. */
async function stream(partCount: number) {
  const { job, prefix } = await finished("apac", "main.m3u8");
  const root = prefix.split("/").slice(0, 3).join("/");
  const names = ["plan", ...Array.from({ length: partCount - 1 }, (_, index) => `encode:${index}`)].sort();
  const parts = await Promise.all(
    names.map(async (part, index) => {
      const [below, name] = [`${root}/tsk_${index}/1/`, "video/1.m4s"];
      const object = await bucketOf(env, "apac").put(`${below}${name}`, `${index}`);
      if (object === null) throw new Error("nothing was put");
      return { part, prefix: below, stored: { outputs: [], segments: [[name, object.size, object.etag]] } };
    }),
  );
  await env.DB.batch([
    env.DB.prepare("UPDATE jobs SET kind = 'stream' WHERE id = ?").bind(job.id),
    env.DB.prepare(
      `INSERT INTO job_parts (jobId, part, run, taskId, planSha256, region, prefix, stored, completedAt)
        SELECT ?1, value ->> '$.part', 1, 'tsk', 'plan', 'apac', value ->> '$.prefix', value ->> '$.stored', 0 FROM json_each(?2)`,
    ).bind(job.id, JSON.stringify(parts)),
  ]);
  return { job, parts };
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

  test("are missed of each part of a stream, however many there are", async () => {
    const before = (await missing()).objects;
    const { job, parts } = await stream(250);
    await stream(3);
    // With the source and the playlist of each.
    for (const limit of [1, 100]) expect(await missing(limit)).toMatchObject({ objects: before + 250 + 3 + 2 * 2 });
    const { items } = await missing();
    await bucketOf(env, "apac").delete([0, 100, 249].map((index) => `${parts[index]?.prefix}video/1.m4s`));
    for (const limit of [1, 100]) {
      const found = await missing(limit);
      const own = found.items.filter(({ jobId }) => jobId === job.id);
      expect(own.reduce((sum, item) => sum + item.missing, 0)).toBe(3);
      expect(found.items.length - own.length).toBe(items.length);
    }
  });

  test("are missed from the first part on, where the stream that was begun has gone meanwhile", async () => {
    const [first, second] = [await stream(150), await stream(150)];
    const [before = "", begun = "", next = ""] = [
      ...(
        await env.DB.prepare("SELECT id FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT 1")
          .bind(first.job.id)
          .raw<[string]>()
      ).flat(),
      ...[first.job.id, second.job.id],
    ];
    const half = await findMissingBytes(env, { of: "results", after: before, begun: null }, 1);
    expect(half.next).toMatchObject({ after: before, begun: { id: begun } });
    await env.DB.prepare("UPDATE jobs SET outputsErasedAt = 1 WHERE id = ?").bind(begun).run();
    await bucketOf(env, "apac").delete(`${second.parts[0]?.prefix}video/1.m4s`);
    const { items } = await findMissingBytes(env, half.next ?? { of: "results", after: "", begun: null }, 1);
    expect(items).toMatchObject([{ jobId: next, missing: 1 }]);
  });

  test("are not missed of what a fetch brought: that is its asset's", async () => {
    const { job } = await finished("weur", "metadata.json");
    const { objects, items } = await missing();
    await env.DB.prepare("UPDATE jobs SET kind = 'fetch' WHERE id = ?").bind(job.id).run();
    expect(await missing()).toEqual({ objects: objects - 1, items });
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
    const found = await findMissingBytes(deleting, { of: "sources", after: "", begun: null }, 100);
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
        deletedAt: null,
      });
    }
    expect(await unknown("weur", 100)).toEqual([]);
  });

  test("are deleted where that is asked for, with a line in the log of changes; what a record knows is not", async () => {
    const [asset, stray] = [await readyAsset(key), await put("enam", rootBelow(key.tenantId), "a", "b")];
    const { storageKey, bucket, region } = await storageOf(asset.id);
    const known = storageKey.split("/").slice(0, 3).join("/");
    const ask = async (more: object) => {
      const body = { region, roots: [known, stray, stray], ...more };
      const answer = await api("/storage/unknown/delete", { method: "POST", key: key.secret, body });
      return UnknownBytesDeleted.parse(await answer.json());
    };
    const { deletedAt, roots } = await ask({});
    expect(roots).toEqual([stray]);
    expect(deletedAt).toBeGreaterThan(Date.now() + 6 * dayMs);
    await eraseUnknown(env, deletedAt - 1);
    expect(await unknown("enam")).toMatchObject([{ root: stray, objects: 2, deletedAt }]);

    // Asked for once more, and later: the earlier word holds.
    await ask({ afterDays: 30 });
    await eraseUnknown(env, deletedAt);
    expect(await unknown("enam")).toEqual([]);
    expect((await bucket.list({ prefix: stray })).objects).toEqual([]);
    expect(await bucket.head(storageKey)).not.toBeNull();
    const log = page(AuditRecord).parse(await get("/audit?action=storage.delete"));
    expect(log.items.at(-1)).toMatchObject({ detail: { region, dueAt: deletedAt, roots: [stray] } });
  });

  test("stay where somebody wants to keep them after all", async () => {
    const stray = await put("enam", rootBelow(key.tenantId), "a");
    const body = { region: "enam", roots: [stray] };
    await api("/storage/unknown/delete", { method: "POST", key: key.secret, body });
    expect((await api("/storage/unknown/keep", { method: "POST", key: key.secret, body })).status).toBe(204);
    expect(await unknown("enam")).toMatchObject([{ root: stray, deletedAt: null }]);
    await eraseUnknown(env, Date.now() + 10 * dayMs);
    expect(await unknown("enam")).toHaveLength(1);
    const log = page(AuditRecord).parse(await get("/audit?action=storage.keep"));
    expect(log.items).toMatchObject([{ detail: body }]);
    await bucketOf(env, "enam").delete(`${stray}/a`);
  });

  test("stay where a record knows them by the time that they are due", async () => {
    const stray = await put("enam", rootBelow(key.tenantId), "source");
    const body = { region: "enam", roots: [stray], afterDays: 0 };
    await api("/storage/unknown/delete", { method: "POST", key: key.secret, body });
    const { asset } = await announce(key, { bytes: 4, region: "enam" });
    await env.DB.prepare("UPDATE assets SET storageKey = ? WHERE id = ?").bind(`${stray}/source`, asset.id).run();
    await eraseUnknown(env, Date.now() + 1);
    expect(await bucketOf(env, "enam").head(`${stray}/source`)).not.toBeNull();
    await env.DB.prepare("UPDATE assets SET storageKey = ? WHERE id = ?")
      .bind(`${rootBelow(key.tenantId)}/source`, asset.id)
      .run();
    await eraseUnknown(env, Date.now() + 1);
    expect(await unknown("enam")).toMatchObject([{ root: stray, deletedAt: null }]);
    await bucketOf(env, "enam").delete(`${stray}/source`);
  });

  test("are found behind whatever else lies in the bucket", async () => {
    const bucket = bucketOf(env, "weur");
    const odd = [
      "t/.trash/x",
      "t/a.b/c.d/e",
      `t/${key.tenantId}/x.y/z`,
      `t/${key.tenantId}/loose`,
      "t/loose",
      "elsewhere/x",
    ];
    for (const name of odd) await bucket.put(name, "1");
    const strays = await Promise.all(Array.from({ length: 25 }, () => put("weur", rootBelow(newId("ten")), "a")));
    for (const limit of [1, 10, 100])
      expect((await unknown("weur", limit)).map(({ root }) => root)).toEqual(strays.toSorted());
    await bucket.delete([...odd, ...strays.map((root) => `${root}/a`)]);
  });

  test("are found where a page of the bucket's listing has objects alone, or less than it could", async () => {
    const stray = await put("weur", rootBelow(newId("ten")), "a");
    const bucket = bucketOf(env, "weur");
    let pages = 0;
    const list = async ({ cursor, startAfter, ...options }: R2ListOptions = {}) => {
      pages++;
      // As R2 may: what lies between comes on pages of its own.
      if (options.delimiter !== undefined && cursor === undefined)
        return { objects: [], delimitedPrefixes: [], truncated: true, cursor: `behind ${startAfter ?? ""}` };
      const behind = cursor?.replace("behind ", "");
      return bucket.list({ ...options, ...(behind ? { startAfter: behind } : {}) });
    };
    const found = await findUnknownBytes(
      { ...env, BUCKET_WEUR: { ...bucket, list } as unknown as R2Bucket },
      "weur",
      undefined,
      10,
    );
    expect(found).toMatchObject({ items: [{ root: stray }], next: null });
    expect(pages).toBeGreaterThan(4);
    await bucket.delete(`${stray}/a`);
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
