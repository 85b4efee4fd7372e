import { env } from "cloudflare:workers";
import { Asset, AssetCreated, PartUrls, UploadStatus } from "@reelway/shared/contracts/asset";
import { limits } from "@reelway/shared/limits";
import { partBytesFor } from "@reelway/shared/part-bytes";
import { beforeAll, describe, expect, it } from "vitest";
import { completeAsset } from "../src/assets/complete-asset.ts";
import { expireUploads } from "../src/assets/expire-uploads.ts";
import { bytesOfPart, partCountOf } from "../src/assets/upload-plan.ts";
import { type Audited, auditOfSystem } from "../src/audit/audit-entry.ts";
import { api } from "./support/api.ts";
import { announce, complete, problemOf, readyAsset, storageOf, upload } from "./support/assets.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const MIB = 1024 * 1024;
const auditor = (tenantId: string) => (audited: Audited) => auditOfSystem({ ...audited, tenantId });
const LARGE = limits.multipartThresholdBytes + 1;
let admin: TestKey;
let key: TestKey;

beforeAll(async () => {
  admin = await bootstrapped();
  key = await newTenantKey(admin, "uploads");
});

async function md5Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("MD5", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("a single PUT", () => {
  it("is bound to size, type, digest and an object that does not exist yet", async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const md5 = await md5Of(bytes);
    const { asset, upload: way } = await announce(key, {
      bytes: 3,
      md5,
      contentType: "video/quicktime",
      region: "weur",
    });
    if (way?.kind !== "single") throw new Error("not a single PUT");
    expect(way.request.headers).toEqual({
      "content-length": "3",
      "content-type": "video/quicktime",
      // Base64 of the same sixteen bytes that the API writes as hex: `printf '\\1\\2\\3' | openssl md5 -binary | base64`.
      "content-md5": "Uonfc331cyb83SJZevsfrA==",
      "if-none-match": "*",
    });
    const url = new URL(way.request.url);
    expect(url.searchParams.get("X-Amz-SignedHeaders")?.split(";")).toEqual([
      "content-length",
      "content-md5",
      "content-type",
      "host",
      "if-none-match",
    ]);
    expect(url.pathname).toMatch(new RegExp(`/reelway-weur/t/${key.tenantId}/[0-9a-f]{32}/source$`));
    expect(asset).toMatchObject({ state: "uploading", region: "weur", bytes: 3 });
  });

  it("is completed once the object is there, and again with the same answer", async () => {
    const { asset } = await announce(key, { bytes: 4 });
    expect(await problemOf(await complete(key, asset.id))).toEqual([409, "upload_missing"]);
    await upload(asset.id, new Uint8Array(4));
    const first = Asset.parse(await (await complete(key, asset.id)).json());
    expect(first).toMatchObject({ state: "ready", etag: await md5Of(new Uint8Array(4)) });
    expect(await (await complete(key, asset.id)).json()).toEqual(first);
  });

  it.each([
    ["size", new Uint8Array(5)],
    ["digest", new Uint8Array([9, 9, 9, 9])],
  ])("with another %s is refused, and its bytes are gone", async (_, bytes) => {
    const { asset } = await announce(key, { bytes: 4, md5: await md5Of(new Uint8Array(4)) });
    await upload(asset.id, bytes);
    expect(await problemOf(await complete(key, asset.id))).toEqual([409, "upload_mismatch"]);
    const { bucket, storageKey } = await storageOf(asset.id);
    expect(await bucket.head(storageKey)).toBeNull();
    expect(await problemOf(await complete(key, asset.id))).toEqual([409, "asset_failed"]);
  });

  it("that another complete has accepted meanwhile is not deleted by one that saw other bytes", async () => {
    const right = new Uint8Array([1, 2, 3, 4]);
    const { asset } = await announce(key, { bytes: 4, md5: await md5Of(right), region: "weur" });
    const { bucket, storageKey } = await storageOf(asset.id);
    await bucket.put(storageKey, new Uint8Array(4));
    // Between this one's look at the bucket and its verdict, the client puts the right bytes, and completes.
    const slow: R2Bucket = new Proxy(bucket, {
      get: (target, name) =>
        name === "head"
          ? async (wanted: string) => {
              const seen = await bucket.head(wanted);
              await bucket.put(storageKey, right);
              expect((await complete(key, asset.id)).status).toBe(200);
              return seen;
            }
          : Reflect.get(target, name).bind(target),
    });
    expect(
      await completeAsset({ ...env, BUCKET_WEUR: slow }, key.tenantId, asset.id, Date.now(), auditor(key.tenantId)),
    ).toMatchObject({
      state: "ready",
    });
    expect((await bucket.head(storageKey))?.etag).toBe(await md5Of(right));
  });

  it("is signed anew for whoever resumes", async () => {
    const { asset } = await announce(key, { bytes: 4 });
    const status = UploadStatus.parse(await (await api(`/assets/${asset.id}/upload`, { key: key.secret })).json());
    expect(status).toMatchObject({ upload: { kind: "single" }, uploadedParts: [] });
  });
});

describe("a multipart upload", () => {
  it("has equal parts but the last, within the storage's bounds, for any size", () => {
    for (const bytes of [LARGE, 300 * MIB, 5 * 1024 * MIB, 4_000_000 * MIB]) {
      const partBytes = partBytesFor(bytes);
      const count = partCountOf(bytes, partBytes);
      expect(partBytes).toBeGreaterThanOrEqual(limits.partBytesMin);
      expect(count).toBeLessThanOrEqual(limits.partsPerUpload);
      expect((count - 1) * partBytes + bytesOfPart(bytes, partBytes, count)).toBe(bytes);
    }
  });

  it("goes up in parts, can be resumed, and is completed from the reported parts", async () => {
    const { asset, upload: way } = await announce(key, { bytes: LARGE });
    expect(way).toEqual({ kind: "multipart", partBytes: 16 * MIB, partCount: 5 });
    const urls = PartUrls.parse(
      await (
        await api(`/assets/${asset.id}/parts`, { method: "POST", key: key.secret, body: { parts: [1, 5] } })
      ).json(),
    );
    expect(urls.parts.map(({ request }) => request.headers)).toEqual([
      { "content-length": String(16 * MIB) },
      { "content-length": "1" },
    ]);

    const { bucket, storageKey, uploadId } = await storageOf(asset.id);
    const session = bucket.resumeMultipartUpload(storageKey, uploadId ?? "");
    const report = (partNumber: number, etag: string) =>
      api(`/assets/${asset.id}/parts/${partNumber}`, { method: "PUT", key: key.secret, body: { etag: `"${etag}"` } });
    for (const partNumber of [1, 2, 3, 4, 5]) {
      const { etag } = await session.uploadPart(partNumber, new Uint8Array(partNumber === 5 ? 1 : 16 * MIB));
      if (partNumber === 5) break;
      expect((await report(partNumber, etag)).status).toBe(204);
    }
    const missing = await complete(key, asset.id);
    expect(await missing.clone().json()).toMatchObject({ detail: "Missing parts: 5" });
    expect(await problemOf(missing)).toEqual([409, "upload_parts_missing"]);
    const status = UploadStatus.parse(await (await api(`/assets/${asset.id}/upload`, { key: key.secret })).json());
    expect(status.uploadedParts).toEqual([1, 2, 3, 4]);

    const { etag } = await session.uploadPart(5, new Uint8Array(1));
    await report(5, etag);
    const [done, twin] = await Promise.all([complete(key, asset.id), complete(key, asset.id)]);
    expect(Asset.parse(await done.json())).toMatchObject({ state: "ready", etag: expect.stringMatching(/-5$/) });
    expect(twin.status).toBe(200);
    expect(await problemOf(await report(5, etag))).toEqual([409, "illegal_move"]);
  });

  // Twice 64 MiB through the storage.
  it("whose parts are told with their MD5 is held to them", { timeout: 120_000 }, async () => {
    const last = new Uint8Array([7]);
    const ofPart = await md5Of(new Uint8Array(16 * MIB));
    const md5s = [ofPart, ofPart, ofPart, ofPart, await md5Of(last)];
    const send = async (digests: readonly string[]) => {
      const { asset } = await announce(key, { bytes: LARGE });
      const parts = digests.map((md5, index) => ({ partNumber: index + 1, md5 }));
      const asked = await api(`/assets/${asset.id}/parts`, { method: "POST", key: key.secret, body: { parts } });
      const { storageKey, bucket, uploadId } = await storageOf(asset.id);
      const session = bucket.resumeMultipartUpload(storageKey, uploadId ?? "");
      for (const { partNumber, md5 } of parts) {
        const { etag } = await session.uploadPart(partNumber, partNumber === 5 ? last : new Uint8Array(16 * MIB));
        const body = { etag, md5 };
        await api(`/assets/${asset.id}/parts/${partNumber}`, { method: "PUT", key: key.secret, body });
      }
      return { urls: PartUrls.parse(await asked.json()), done: await complete(key, asset.id), bucket, storageKey };
    };
    const good = await send(md5s);
    expect(good.urls.parts[4]?.request.headers).toEqual({
      "content-length": "1",
      // printf '\\7' | openssl md5 -binary | base64
      "content-md5": "iedOZAuMRiV6Kd4GFnlNXQ==",
    });
    expect(new URL(good.urls.parts[4]?.request.url ?? "").searchParams.get("X-Amz-SignedHeaders")).toContain(
      "content-md5",
    );
    expect(good.done.status).toBe(200);
    // What a part's PUT turned into a copy would leave: the right size, other bytes.
    const bad = await send([...md5s.slice(0, 4), await md5Of(new Uint8Array([8]))]);
    expect(await problemOf(bad.done)).toEqual([409, "upload_mismatch"]);
    expect(await bad.bucket.head(bad.storageKey)).toBeNull();
  });

  it("with parts that are not in the bucket is refused", async () => {
    const { asset } = await announce(key, { bytes: LARGE });
    for (const partNumber of [1, 2, 3, 4, 5])
      await api(`/assets/${asset.id}/parts/${partNumber}`, {
        method: "PUT",
        key: key.secret,
        body: { etag: "0".repeat(32) },
      });
    expect(await problemOf(await complete(key, asset.id))).toEqual([409, "upload_mismatch"]);
  });

  it("is signed for no part that it does not have", async () => {
    const { asset } = await announce(key, { bytes: LARGE });
    const refused = await api(`/assets/${asset.id}/parts`, {
      method: "POST",
      key: key.secret,
      body: { parts: [1, 6] },
    });
    expect(await refused.json()).toMatchObject({ errors: [{ path: "parts.1" }] });
    const part = await api(`/assets/${asset.id}/parts/6`, { method: "PUT", key: key.secret, body: { etag: "ab" } });
    expect(part.status).toBe(404);
  });

  it("is one of ten at most, also when all are opened at once", async () => {
    const crowd = await newTenantKey(admin, "crowd");
    const body = { name: "large.mov", bytes: LARGE };
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => api("/assets", { method: "POST", key: crowd.secret, body })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(10).fill(201), ...Array(4).fill(429)]);
    const open = AssetCreated.parse(await answers.find(({ status }) => status === 201)?.json());
    await api(`/assets/${open.asset.id}`, { method: "DELETE", key: crowd.secret });
    expect((await api("/assets", { method: "POST", key: crowd.secret, body })).status).toBe(201);
  });
});

describe("creating", () => {
  it("refuses what is larger than MAX_UPLOAD_SIZE", async () => {
    const body = { name: "huge.mov", bytes: Number(env.MAX_UPLOAD_SIZE) + 1 };
    const response = await api("/assets", { method: "POST", key: key.secret, body });
    expect(await problemOf(response)).toEqual([413, "upload_too_large"]);
  });

  it("makes one asset for one Idempotency-Key, whatever the order of the fields", async () => {
    const make = (body: string) =>
      api("/assets", { method: "POST", key: key.secret, body, headers: { "idempotency-key": "one-asset" } });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        make(i % 2 ? '{"name":"a.mov","bytes":10}' : '{"bytes":10, "name":"a.mov"}'),
      ),
    );
    const bodies = await Promise.all(answers.map(async (answer) => AssetCreated.parse(await answer.json()).asset.id));
    expect(new Set(bodies).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has("idempotency-replayed"))).toHaveLength(9);
  });

  it("goes to the region that is nearest to the caller", async () => {
    const body = { name: "a.mov", bytes: 10 };
    const { asset } = AssetCreated.parse(
      await (
        await api("/assets", { method: "POST", key: key.secret, body, cf: { latitude: "35.6", longitude: "139.7" } })
      ).json(),
    );
    expect(asset.region).toBe("apac");
  });
});

describe("deleting", () => {
  it("removes the bytes, hides the asset from lists, and may be repeated", async () => {
    const asset = await readyAsset(key);
    const remove = () => api(`/assets/${asset.id}`, { method: "DELETE", key: key.secret });
    expect((await remove()).status).toBe(200);
    const { bucket, storageKey } = await storageOf(asset.id);
    expect(await bucket.head(storageKey)).toBeNull();
    expect(await (await api("/assets?limit=100", { key: key.secret })).text()).not.toContain(asset.id);
    expect(await (await api(`/assets/${asset.id}`, { key: key.secret })).json()).toMatchObject({ state: "deleted" });
    expect((await remove()).status).toBe(200);
    expect((await complete(key, asset.id)).status).toBe(404);
  });
});

describe("the sweep", () => {
  it("ends uploads that were never completed, and no others", async () => {
    const stale = (await announce(key, { bytes: LARGE })).asset;
    const fresh = (await announce(key, { bytes: 10 })).asset;
    const before = Date.now() - limits.uploadSessionMs - 1;
    await env.DB.prepare("UPDATE assets SET createdAt = ? WHERE id = ?").bind(before, stale.id).run();
    expect(await expireUploads(env)).toBe(1);
    const stateOf = async (id: string) => (await api(`/assets/${id}`, { key: key.secret })).json();
    expect(await stateOf(stale.id)).toMatchObject({ state: "failed" });
    expect(await stateOf(fresh.id)).toMatchObject({ state: "uploading" });
    const { bucket, storageKey, uploadId } = await storageOf(stale.id);
    const part = bucket.resumeMultipartUpload(storageKey, uploadId ?? "").uploadPart(1, new Uint8Array(1));
    await expect(part).rejects.toThrow(/10024/);
  });
});
