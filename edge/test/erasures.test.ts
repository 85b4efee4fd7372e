import { env } from "cloudflare:workers";
import { AssetErasure, JobErasure } from "@reelway/shared/contracts/erasure";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { beforeAll, describe, expect, it } from "vitest";
import { deleteAsset } from "../src/assets/delete-asset.ts";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { bucketOf, type Env } from "../src/env.ts";
import { deleteOutputs } from "../src/retention/delete-outputs.ts";
import { expireRetained } from "../src/retention/expire.ts";
import { eraseBelow } from "../src/storage-sweep/erase-below.ts";
import { sweepStorage } from "../src/storage-sweep/sweep-storage.ts";
import { listExpiredAssets } from "../src/store/erasures.ts";
import { askedDatabase } from "./support/asked-database.ts";
import { announce, problemOf, readyAsset, storageOf } from "./support/assets.ts";
import { call, makeKey, seedJob } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Tenant {
  readonly tenantId: string;
  readonly authorization: string;
}
let tenant: Tenant;
let other: Tenant;
let key: TestKey;

beforeAll(async () => {
  [tenant, other] = await Promise.all([makeKey(), makeKey()]);
  key = await newTenantKey(await bootstrapped(), "erasures");
});

const remove = (path: string, by: Tenant = tenant) => call("DELETE", path, by.authorization);
const asTenant = ({ tenantId, secret }: TestKey): Tenant => ({ tenantId, authorization: `Bearer ${secret}` });

/** A job that ended long ago, with two outputs in its region; of an asset that was uploaded long ago. */
async function ended(region: RegionId, tenantId: string, finishedAt = Date.now() - DAY, kind = "probe") {
  const { job, asset } = await seedJob(region, { tenantId });
  const prefix = `${job.storageRoot}/${job.id.replace("job_", "tsk_")}_0/1/`;
  const bucket = bucketOf(env, region);
  for (const name of ["a.mp4", "b/poster.jpg"]) await bucket.put(prefix + name, "12345");
  const outputs = [
    {
      name: "a.mp4",
      role: "video",
      bytes: 5,
      contentType: "video/mp4",
      md5: "0".repeat(32),
      sha256: "0".repeat(64),
      etag: "0",
    },
  ];
  await env.DB.prepare("UPDATE jobs SET state = 'succeeded', kind = ?, manifest = ?, finishedAt = ? WHERE id = ?")
    .bind(kind, JSON.stringify({ prefix, outputs }), finishedAt, job.id)
    .run();
  return { job, asset, bucket };
}

const keysBelow = async (bucket: R2Bucket, prefix: string) =>
  (await bucket.list({ prefix })).objects.map((object) => object.key);

async function events(tenantId: string): Promise<string[]> {
  const rows = await env.DB.prepare("SELECT type FROM events WHERE tenantId = ? ORDER BY sequence")
    .bind(tenantId)
    .all();
  return rows.results.map(({ type }) => String(type)).filter((type) => /deleted/.test(type));
}

async function audits(resource: string): Promise<unknown[]> {
  const statement = env.DB.prepare("SELECT action, actorKind, tenantId FROM audit_log WHERE resource = ?");
  return (await statement.bind(resource).all()).results;
}

const rowOf = (table: "assets" | "jobs", id: string) =>
  env.DB.prepare(`SELECT * FROM ${table} WHERE id = ?`).bind(id).first<Record<string, unknown>>();

/** The Worker with a region whose bucket answers nothing. */
function withoutBucket(): Env {
  const away = () => Promise.reject(new Error("away"));
  const get = () => away;
  return { ...env, BUCKET_WEUR: new Proxy(env.BUCKET_WEUR, { get }) };
}

describe("deleting an asset", () => {
  it("says what is gone, once for all, when nobody could bring it back", async () => {
    const { asset, bucket } = await ended("weur", tenant.tenantId);
    const receipt = AssetErasure.parse(await (await remove(`/assets/${asset.id}`)).json());
    expect(receipt).toMatchObject({ objects: 1, bytes: 10, pendingUntil: null, outputs: null });
    expect(receipt.erasedAt).toBe((await rowOf("assets", asset.id))?.erasedAt);
    expect(await keysBelow(bucket, asset.storageKey)).toEqual([]);
    expect(await audits(asset.id)).toEqual([
      { action: "asset.delete", actorKind: "api_key", tenantId: tenant.tenantId },
    ]);

    const again = AssetErasure.parse(await (await remove(`/assets/${asset.id}`)).json());
    expect(again).toEqual({ ...receipt, objects: 0, bytes: 0 });
    expect(await audits(asset.id)).toHaveLength(1);
    expect((await events(tenant.tenantId)).filter((type) => type === "asset.deleted")).toHaveLength(1);
    expect(
      await env.DB.prepare("SELECT 1 FROM storage_sweeps WHERE prefix = ?").bind(asset.storageKey).first(),
    ).toBeNull();
  });

  it("is pending while an upload URL holds; what comes back is found, and then it is said", async () => {
    const asset = await readyAsset(key);
    const { bucket, storageKey } = await storageOf(asset.id);
    const receipt = AssetErasure.parse(await (await remove(`/assets/${asset.id}`, asTenant(key))).json());
    expect(receipt).toMatchObject({ objects: 1, bytes: 1_000, erasedAt: null });
    const pendingUntil = receipt.pendingUntil ?? 0;
    expect(pendingUntil).toBe((asset.completedAt ?? 0) + limits.uploadGrantMs + limits.grantSlackMs + HOUR);

    await bucket.put(storageKey, "put once more, by the URL");
    await sweepStorage(env, pendingUntil - HOUR);
    expect(await bucket.head(storageKey)).toBeNull();
    expect((await rowOf("assets", asset.id))?.erasedAt).toBeNull();
    await bucket.put(storageKey, "by a PUT that began in time");
    await sweepStorage(env, pendingUntil);
    expect(await bucket.head(storageKey)).toBeNull();
    expect((await rowOf("assets", asset.id))?.erasedAt).toBe(pendingUntil);
    await sweepStorage(env, pendingUntil + HOUR);
    expect((await events(key.tenantId)).filter((type) => type === "asset.deleted")).toHaveLength(1);
  });

  it("ends an open multipart upload: its parts can't be completed any more, so it is done at once", async () => {
    const { asset } = await announce(key, { bytes: limits.multipartThresholdBytes + 1 });
    const { bucket, storageKey, uploadId } = await storageOf(asset.id);
    const upload = bucket.resumeMultipartUpload(storageKey, uploadId ?? "");
    const part = await upload.uploadPart(1, new Uint8Array(limits.partBytesMin));
    const receipt = AssetErasure.parse(await (await remove(`/assets/${asset.id}`, asTenant(key))).json());
    expect(receipt).toMatchObject({ objects: 0, pendingUntil: null });
    expect(receipt.erasedAt).not.toBeNull();
    await expect(upload.complete([part])).rejects.toThrow();
    await expect(upload.uploadPart(2, "x")).rejects.toThrow(/10024/);
  });

  it("with its outputs reaches every region, and nothing of anybody else", async () => {
    const first = await ended("weur", tenant.tenantId);
    const second = await ended("apac", tenant.tenantId);
    const bystander = await ended("weur", tenant.tenantId);
    const foreign = await ended("weur", other.tenantId);
    // The second ran in another region, on the first's source; a stranger claims the same source.
    await env.DB.prepare("UPDATE jobs SET assetId = ?1 WHERE id IN (?2, ?3)")
      .bind(first.asset.id, second.job.id, foreign.job.id)
      .run();
    const answer = await remove(`/assets/${first.asset.id}?outputs=true`);
    const receipt = AssetErasure.parse(await answer.json());
    expect(receipt.outputs).toMatchObject({ jobs: 2, objects: 4, bytes: 20, remainingJobs: 0, pendingUntil: null });
    expect(await keysBelow(first.bucket, first.job.storageRoot)).toEqual([]);
    expect(await keysBelow(second.bucket, second.job.storageRoot)).toEqual([]);
    for (const { bucket, job } of [bystander, foreign])
      expect(await keysBelow(bucket, job.storageRoot)).toHaveLength(2);
    expect(await problemOf(await call("GET", `/jobs/${second.job.id}/outputs`, tenant.authorization))).toEqual([
      410,
      "output_expired",
    ]);
    expect(await audits(second.job.id)).toEqual([
      { action: "job.outputs_delete", actorKind: "api_key", tenantId: tenant.tenantId },
    ]);
  });

  it("of more jobs than one call takes goes on with the next", async () => {
    const { asset } = await ended("weur", tenant.tenantId);
    const others = await Promise.all(
      Array.from({ length: limits.erasuresPerRequest + 2 }, () => ended("weur", tenant.tenantId)),
    );
    const ids = JSON.stringify(others.map(({ job }) => job.id));
    await env.DB.prepare("UPDATE jobs SET assetId = ? WHERE id IN (SELECT value FROM json_each(?))")
      .bind(asset.id, ids)
      .run();
    const outputs = async () =>
      AssetErasure.parse(await (await remove(`/assets/${asset.id}?outputs=true`)).json()).outputs;
    expect(await outputs()).toMatchObject({ jobs: limits.erasuresPerRequest, remainingJobs: 3, erasedAt: null });
    expect(await outputs()).toMatchObject({ jobs: 3, remainingJobs: 0, erasedAt: expect.any(Number) });
    expect(await outputs()).toMatchObject({ jobs: 0, objects: 0, remainingJobs: 0 });
  });

  it("is refused while a job reads it, and tells another tenant nothing", async () => {
    const { asset } = await seedJob("weur", { tenantId: tenant.tenantId });
    expect(await problemOf(await remove(`/assets/${asset.id}`))).toEqual([409, "asset_in_use"]);
    expect(await problemOf(await remove(`/assets/${asset.id}?outputs=true`, other))).toEqual([404, "not_found"]);
    expect(await audits(asset.id)).toEqual([]);
    expect(await problemOf(await remove(`/assets/${asset.id}?outputs=perhaps`))).toEqual([422, "invalid_request"]);
  });

  it("by ten at once is one deletion", async () => {
    const { asset } = await ended("enam", other.tenantId);
    const before = (await events(other.tenantId)).length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => remove(`/assets/${asset.id}`, other)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await audits(asset.id)).toHaveLength(1);
    expect(await events(other.tenantId)).toHaveLength(before + 1);
  });
});

describe("deleting outputs", () => {
  it("of many jobs into which their tenant wrote much deletes them all", async () => {
    const mine = await makeKey();
    const { asset } = await ended("weur", mine.tenantId);
    const metadata = JSON.stringify({ notes: "画".repeat(20_000) });
    const made = await Promise.all(Array.from({ length: 40 }, () => ended("weur", mine.tenantId)));
    await env.DB.prepare("UPDATE jobs SET assetId = ?, metadata = ? WHERE tenantId = ?")
      .bind(asset.id, metadata, mine.tenantId)
      .run();
    const { watched, tooLong } = askedDatabase();
    const audit = auditOfSystem({ action: "asset.delete", resource: asset.id, tenantId: mine.tenantId });
    const asked = { tenantId: mine.tenantId, id: asset.id, outputs: true, leaseMs: 30_000, audit, now: Date.now() };
    const receipt = await deleteAsset(watched, asked);
    expect(tooLong).toEqual([]);
    expect(receipt.outputs).toMatchObject({ jobs: made.length + 1, remainingJobs: 0, objects: 2 * (made.length + 1) });
    expect((await events(mine.tenantId)).filter((type) => type === "job.outputs_deleted")).toHaveLength(41);
  });

  it("leaves the job and its source, and says so once", async () => {
    const { job, asset, bucket } = await ended("apac", tenant.tenantId);
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(`/jobs/${job.id}/outputs`)));
    const receipts = await Promise.all(answers.map(async (answer) => JobErasure.parse(await answer.json())));
    expect(receipts.every(({ erasedAt }) => erasedAt !== null)).toBe(true);
    expect(await keysBelow(bucket, job.storageRoot)).toEqual([]);
    expect(await bucket.head(asset.storageKey)).not.toBeNull();
    expect(await audits(job.id)).toHaveLength(1);
    expect((await call("GET", `/jobs/${job.id}`, tenant.authorization)).status).toBe(200);
    for (const path of ["download", "outputs", "metadata", "thumbnail"])
      expect(await problemOf(await call("GET", `/jobs/${job.id}/${path}`, tenant.authorization))).toEqual([
        410,
        "output_expired",
      ]);
  });

  it("of a job that ended a moment ago is pending: a lost lease of it may still write", async () => {
    const { job, bucket } = await ended("enam", tenant.tenantId, Date.now());
    const receipt = JobErasure.parse(await (await remove(`/jobs/${job.id}/outputs`)).json());
    expect(receipt).toMatchObject({ objects: 2, erasedAt: null });
    await bucket.put(`${job.storageRoot}/late`, "x");
    const now = receipt.pendingUntil ?? 0;
    await sweepStorage(env, now);
    expect(await keysBelow(bucket, job.storageRoot)).toEqual([]);
    const audit = auditOfSystem({ action: "job.outputs_delete", resource: job.id, tenantId: tenant.tenantId });
    const repeat = await deleteOutputs(env, { tenantId: tenant.tenantId, id: job.id, leaseMs: 30_000, audit, now });
    expect(repeat).toMatchObject({ objects: 0, erasedAt: now, pendingUntil: null });
  });

  it("is ended by a sweep that was to keep them", async () => {
    const { job, bucket } = await ended("weur", tenant.tenantId);
    await env.DB.prepare(
      "INSERT INTO storage_sweeps (prefix, region, keepPrefix, dueAt, passes) SELECT storageRoot || '/', region, manifest ->> '$.prefix', ?, 0 FROM jobs WHERE id = ?",
    )
      .bind(Date.now() - HOUR, job.id)
      .run();
    const audit = auditOfSystem({ action: "job.outputs_delete", resource: job.id, tenantId: tenant.tenantId });
    const asked = { tenantId: tenant.tenantId, id: job.id, leaseMs: 30_000, audit, now: Date.now() };
    await expect(deleteOutputs(withoutBucket(), asked)).rejects.toMatchObject({ code: "storage_unavailable" });
    await sweepStorage(env, Date.now());
    expect(await keysBelow(bucket, job.storageRoot)).toEqual([]);
  });

  it("is refused for a live job, for what a fetch brought in, and for strangers", async () => {
    const live = await seedJob("weur", { tenantId: tenant.tenantId });
    expect(await problemOf(await remove(`/jobs/${live.job.id}/outputs`))).toEqual([409, "job_not_finished"]);
    const fetched = await ended("weur", tenant.tenantId, Date.now() - DAY, "fetch");
    expect(await problemOf(await remove(`/jobs/${fetched.job.id}/outputs`))).toEqual([409, "illegal_move"]);
    const { job, bucket } = await ended("weur", tenant.tenantId);
    expect(await problemOf(await remove(`/jobs/${job.id}/outputs`, other))).toEqual([404, "not_found"]);
    expect(await keysBelow(bucket, job.storageRoot)).toHaveLength(2);
    expect(await keysBelow(fetched.bucket, fetched.job.storageRoot)).toHaveLength(2);
  });
});

describe("retention", () => {
  const keep = (tenantId: string, source: number | null, output: number | null) =>
    env.DB.prepare("UPDATE tenants SET sourceRetentionDays = ?, outputRetentionDays = ? WHERE id = ?")
      .bind(source, output, tenantId)
      .run();
  const uploadedAt = (id: string, at: number) =>
    env.DB.prepare("UPDATE assets SET completedAt = ? WHERE id = ?").bind(at, id).run();

  it("deletes what a tenant keeps no longer, to the day, by the system, and nobody else's", async () => {
    const now = Date.now();
    const [mine, keeper] = await Promise.all([makeKey(), makeKey()]);
    await keep(mine.tenantId, 7, 3);
    const old = await ended("weur", mine.tenantId, now - 3 * DAY - 1);
    const young = await ended("weur", mine.tenantId, now - 3 * DAY + HOUR);
    const fetched = await ended("weur", mine.tenantId, now - 30 * DAY, "fetch");
    const kept = await ended("weur", keeper.tenantId, now - 300 * DAY);
    await uploadedAt(old.asset.id, now - 7 * DAY - 1);
    await uploadedAt(young.asset.id, now - 7 * DAY + HOUR);
    await uploadedAt(fetched.asset.id, now - 6 * DAY);
    const live = await seedJob("weur", { tenantId: mine.tenantId });

    await expireRetained(env, now);
    expect(await keysBelow(old.bucket, old.job.storageRoot)).toEqual([]);
    expect(await old.bucket.head(old.asset.storageKey)).toBeNull();
    for (const { bucket, job } of [young, fetched, kept])
      expect(await keysBelow(bucket, job.storageRoot)).toHaveLength(2);
    for (const { asset } of [young, fetched, kept, live])
      expect(await bucketOf(env, asset.region).head(asset.storageKey), asset.id).not.toBeNull();
    expect(await events(mine.tenantId)).toEqual(["job.outputs_deleted", "asset.deleted"]);
    const bySystem = { actorKind: "system", tenantId: mine.tenantId };
    expect(await audits(old.job.id)).toEqual([{ action: "job.outputs_delete", ...bySystem }]);
    expect(await audits(old.asset.id)).toEqual([{ action: "asset.delete", ...bySystem }]);
    expect(await problemOf(await call("GET", `/jobs/${old.job.id}/download`, mine.authorization))).toEqual([
      410,
      "output_expired",
    ]);
    // The source of the live job goes when the job has ended.
    await env.DB.prepare("UPDATE jobs SET state = 'failed', finishedAt = ? WHERE id = ?").bind(now, live.job.id).run();
    await expireRetained(env, now);
    expect((await rowOf("assets", live.asset.id))?.state).toBe("deleted");
  });

  it("is not held up by sources that live jobs read", async () => {
    const now = Date.now();
    const mine = await makeKey();
    await keep(mine.tenantId, 1, null);
    const live = await seedJob("weur", { tenantId: mine.tenantId });
    const free = await ended("weur", mine.tenantId, now);
    await uploadedAt(live.asset.id, now - 9 * DAY);
    await uploadedAt(free.asset.id, now - 8 * DAY);
    const listed = await listExpiredAssets(env, now, 1_000);
    expect(listed.map(({ id }) => id)).toContain(free.asset.id);
    expect(listed.map(({ id }) => id)).not.toContain(live.asset.id);
  });

  it("goes on where a bucket was away", async () => {
    const now = Date.now();
    const mine = await makeKey();
    const { job, bucket } = await ended("weur", mine.tenantId, now - 10 * DAY);
    await keep(mine.tenantId, null, 1);
    await expireRetained(withoutBucket(), now);
    expect((await rowOf("jobs", job.id))?.outputsErasedAt).toBe(now);
    expect(await keysBelow(bucket, job.storageRoot)).toHaveLength(2);
    await sweepStorage(env, now);
    expect(await keysBelow(bucket, job.storageRoot)).toEqual([]);
  });

  it("goes on round by round while it has time, and ends within its bounds", async () => {
    const now = Date.now();
    const mine = await makeKey();
    await keep(mine.tenantId, 1, 1);
    const rounds = Math.ceil(limits.erasuresPerRound * 1.5);
    const made = await Promise.all(Array.from({ length: rounds }, () => ended("weur", mine.tenantId, now - 10 * DAY)));
    await Promise.all(made.map(({ asset }) => uploadedAt(asset.id, now - 10 * DAY)));
    const countOf = (table: string, what: string) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE tenantId = ? AND ${what}`)
        .bind(mine.tenantId)
        .first("n");
    const left = async () => [
      await countOf("jobs", "outputsErasedAt IS NULL"),
      await countOf("assets", "state = 'ready'"),
    ];
    await expireRetained(env, now, { forMs: 0, atMost: rounds });
    expect(await left()).toEqual([rounds, rounds]);
    await expireRetained(env, now, { forMs: 60_000, atMost: 10 });
    expect(await left()).toEqual([rounds - 10, rounds - 10]);
    await expireRetained(env, now);
    expect(await left()).toEqual([0, 0]);
    // Each once.
    for (const { job, asset } of made) {
      expect(await audits(job.id)).toHaveLength(1);
      expect(await audits(asset.id)).toHaveLength(1);
    }
  });

  it("ends where nothing can be deleted, and tries each once", async () => {
    const now = Date.now();
    const mine = await makeKey();
    const { job } = await ended("weur", mine.tenantId, now - 10 * DAY);
    await keep(mine.tenantId, null, 1);
    let tries = 0;
    const batch = () => {
      tries++;
      return Promise.reject(new Error("away"));
    };
    const DB = new Proxy(env.DB, {
      get: (target, name) => {
        if (name === "batch") return batch;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await expireRetained({ ...env, DB }, now);
    expect(tries).toBe(1);
    expect((await rowOf("jobs", job.id))?.outputsErasedAt).toBeNull();
  });
});

describe("a deletion that dies in the middle", () => {
  it("is ended by the sweep", async () => {
    const { asset, job, bucket } = await ended("weur", tenant.tenantId);
    const now = Date.now();
    const audit = auditOfSystem({ action: "asset.delete", resource: asset.id, tenantId: tenant.tenantId });
    const asked = { tenantId: tenant.tenantId, id: asset.id, outputs: true, leaseMs: 30_000, audit, now };
    await expect(deleteAsset(withoutBucket(), asked)).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(await bucket.head(asset.storageKey)).not.toBeNull();
    expect(await keysBelow(bucket, job.storageRoot)).toHaveLength(2);
    await sweepStorage(env, now);
    expect(await keysBelow(bucket, job.storageRoot)).toEqual([]);
    await sweepStorage(env, now + HOUR);
    expect(await bucket.head(asset.storageKey)).toBeNull();
    expect((await rowOf("assets", asset.id))?.erasedAt).toBe(now + HOUR);
  });
});

it("a prefix without its random part is never deleted, whoever asks", async () => {
  await env.BUCKET_ENAM.put("t/ten_x/keep", "x");
  for (const prefix of ["", "/", "t/", "t/ten_x/", "t/ten_x/keep", `t/ten_x/${"0".repeat(32)}`])
    await expect(eraseBelow(env.BUCKET_ENAM, prefix)).rejects.toThrow();
  expect(await env.BUCKET_ENAM.head("t/ten_x/keep")).not.toBeNull();
});
