import { env } from "cloudflare:workers";
import { Asset, AssetCreated } from "@reelway/shared/contracts/asset";
import { Batch } from "@reelway/shared/contracts/batch";
import { Job, JobStatus } from "@reelway/shared/contracts/job";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import { limits } from "@reelway/shared/limits";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { openChannel } from "../src/channel/open-channel.ts";
import { bucketOf } from "../src/env.ts";
import { createLog } from "../src/http/log.ts";
import { verifyLease } from "../src/leases/token.ts";
import { queueStub } from "../src/objects/region-queue-stub.ts";
import { projectShard } from "../src/projection/project.ts";
import { sweepOutbox } from "../src/queues/sweep.ts";
import { settingsOf } from "../src/settings.ts";
import { findJobToWatch } from "../src/store/jobs.ts";
import { api } from "./support/api.ts";
import { problemOf, readyAsset, storageOf } from "./support/assets.ts";
import { callLease, type Holder, leaseOver, makeRunner } from "./support/fleet.ts";
import { sha256 } from "./support/leases.ts";
import { withHanging } from "./support/shards.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

// Whole lives of many jobs, on machines that are busy.
vi.setConfig({ testTimeout: 30_000 });

const sourceUrl = "https://media.example.com/films/holiday%20one.mp4?token=very-secret-query";
const fetching = { capabilities: ["kind:fetch", "kind:probe"], slots: 64 };

let admin: TestKey;
let key: TestKey;
let runner: Holder;
beforeAll(async () => {
  admin = await bootstrapped();
  key = await newTenantKey(admin, "ingest");
  runner = await makeRunner("enam");
});

const post = (path: string, body: object, by = key, headers: Record<string, string> = {}) =>
  api(path, { method: "POST", key: by.secret, body, headers });
const read = async (path: string, by = key) => (await api(path, { key: by.secret })).json();
const jobOf = async (id: string) => Job.parse(await read(`/jobs/${id}`));
const assetOf = async (id: string) => Asset.parse(await read(`/assets/${id}`));
const order = { spec: { kind: "probe" } };

async function createJob(body: object): Promise<Job> {
  const response = await post("/jobs", { ...order, ...body });
  if (response.status !== 201) throw new Error(await response.text());
  return Job.parse(await response.json());
}

/** The lease of this job, once it is in its queue. Others that come with it are left to expire. */
const leases = new Map<string, LeasedTask>();
async function leaseOf(jobId: string): Promise<LeasedTask> {
  for (let tries = 0; tries < 40; tries++) {
    for (const task of await leaseOver(runner, fetching, 16)) leases.set(task.jobId, task);
    const task = leases.get(jobId);
    leases.delete(jobId);
    if (task) return task;
    await scheduler.wait(25);
  }
  throw new Error(`${jobId} was not leased`);
}

/** Does what a runner does with a fetch: puts the bytes below its prefix, and completes. */
async function bring(task: LeasedTask, content = "the film"): Promise<Response> {
  const { prefix, region } = await verifyLease(settingsOf(env), task.leaseToken, runner.id, Date.now());
  const stored = await bucketOf(env, region).put(`${prefix}source`, content);
  if (!stored) throw new Error("not stored");
  const digest = { md5: stored.etag, sha256, etag: stored.etag };
  const output = { name: "source", role: "source", bytes: stored.size, contentType: "application/octet-stream" };
  return callLease(runner, "complete", task.leaseToken, { manifest: { outputs: [{ ...output, ...digest }] } });
}

const refuse = (task: LeasedTask, code = "source_not_found") =>
  callLease(runner, "fail", task.leaseToken, { error: { code, message: "its server answered 404" } });

async function eventsOf(subject: { jobId?: string; assetId?: string; batchId?: string }): Promise<string[]> {
  const [[name, id] = ["", ""]] = Object.entries(subject);
  const { results } = await env.DB.prepare("SELECT type FROM events WHERE data ->> ? = ? ORDER BY sequence")
    .bind(`$.${name}`, id)
    .all<{ type: string }>();
  return results.map(({ type }) => type);
}

async function countOf(sql: string, ...values: string[]): Promise<number> {
  const row = await env.DB.prepare(sql)
    .bind(...values)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

describe("a source that is fetched", () => {
  it("is an asset in `fetching`, and a job that anyone can follow", async () => {
    const created = AssetCreated.parse(await (await post("/assets", { sourceUrl })).json());
    expect(created.upload).toBeNull();
    const { asset } = created;
    expect(asset).toMatchObject({ name: "holiday one.mp4", state: "fetching", bytes: 0, region: "enam" });
    expect(asset.source).toEqual({ kind: "url", url: "https://media.example.com/films/holiday%20one.mp4" });

    const fetch = await jobOf(asset.fetchJobId ?? "");
    expect(fetch).toMatchObject({ kind: "fetch", assetId: asset.id, state: "queued", spec: { kind: "fetch" } });
    const task = await leaseOf(fetch.id);
    expect(task.inputs).toEqual([{ kind: "url", role: "source", bytesMax: 1_073_741_824, url: sourceUrl }]);

    expect((await bring(task)).status).toBe(200);
    const ready = await assetOf(asset.id);
    expect(ready).toMatchObject({ state: "ready", bytes: 8, region: "enam" });
    const { bucket, storageKey } = await storageOf(asset.id);
    expect(await (await bucket.get(storageKey))?.text()).toBe("the film");
    expect(await eventsOf({ assetId: asset.id })).toEqual([
      "job.created",
      "job.started",
      "job.succeeded",
      "asset.ready",
    ]);
  });

  it("keeps the query of its URL out of every answer and every table", async () => {
    const { asset } = AssetCreated.parse(await (await post("/assets", { sourceUrl })).json());
    const shown = JSON.stringify([
      asset,
      await read(`/jobs/${asset.fetchJobId}`),
      await read("/assets"),
      await read("/events?limit=100"),
    ]);
    expect(shown).not.toContain("very-secret");
    expect(shown).not.toContain("sealedQuery");
    for (const table of ["assets", "jobs", "events", "audit_log", "outbox", "idempotency_keys"]) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all();
      expect(JSON.stringify(results)).not.toContain("very-secret");
    }
  });

  it.each([
    "http://media.example.com/a.mp4",
    "https://127.0.0.1/a.mp4",
    "https://0x7f.1/a.mp4",
    "https://[::ffff:7f00:1]/a.mp4",
    "https://user:pw@media.example.com/a.mp4",
    "https://metadata.internal/a",
    "file:///etc/passwd",
  ])("refuses %s", async (url) => {
    expect(await problemOf(await post("/assets", { sourceUrl: url }))).toEqual([422, "source_forbidden"]);
    expect(await problemOf(await post("/jobs", { ...order, sourceUrl: url }))).toEqual([422, "source_forbidden"]);
    const batch = { job: order, sources: [{ sourceUrl }, { sourceUrl: url }, { sourceUrl }, { sourceUrl: url }] };
    const refused: { code: string; errors: { path: string }[] } = await (await post("/batches", batch)).json();
    expect(refused.code).toBe("source_forbidden");
    expect(refused.errors.map(({ path }) => path)).toEqual(["sources.1.sourceUrl", "sources.3.sourceUrl"]);
    const told = { assetId: (await readyAsset(key)).id, ...order, webhookUrl: url };
    expect(await problemOf(await post("/jobs", told))).toEqual([422, "source_forbidden"]);
  });

  it.each([
    {},
    { bytes: 5 },
    { bytes: 5, name: "a", sourceUrl },
    { sourceUrl, source: { connectionId: "con_x", key: "a" } },
  ])("takes exactly one source: not %o", async (body) =>
    expect(await problemOf(await post("/assets", body))).toEqual([422, "invalid_request"]),
  );

  it("can't be asked for as a spec, nor slipped in by overrides", async () => {
    const asset = await readyAsset(key);
    const spec = { kind: "fetch", source: { kind: "url", url: "https://127.0.0.1/" } };
    expect((await post("/jobs", { assetId: asset.id, spec })).status).toBe(422);
    const overrides = { ...spec, container: null, video: null, audio: null };
    expect((await post("/jobs", { assetId: asset.id, preset: "mp4-h264", overrides })).status).toBe(422);
  });
});

describe("the completion of a fetch", () => {
  it("must be one file with the role source: nothing else would ever make the asset ready", async () => {
    const { asset } = AssetCreated.parse(await (await post("/assets", { sourceUrl })).json());
    const task = await leaseOf(asset.fetchJobId ?? "");
    const complete = (outputs: object[]) => callLease(runner, "complete", task.leaseToken, { manifest: { outputs } });
    const { prefix, region } = await verifyLease(settingsOf(env), task.leaseToken, runner.id, Date.now());
    const stored = await bucketOf(env, region).put(`${prefix}source`, "film");
    const digest = { md5: stored?.etag, sha256, etag: stored?.etag };
    const file = { name: "source", bytes: 4, contentType: "application/octet-stream", ...digest };
    const source = { ...file, role: "source" };
    const tooLarge = { ...source, bytes: settingsOf(env).maxUploadBytes + 1 };
    for (const outputs of [[], [{ ...file, role: "video" }], [source, { ...source, name: "more" }], [tooLarge]])
      expect(await problemOf(await complete(outputs))).toEqual([422, "output_refused"]);
    expect((await assetOf(asset.id)).state).toBe("fetching");
    expect((await complete([source])).status).toBe(200);
    expect((await assetOf(asset.id)).state).toBe("ready");
  });
});

describe("a job on a source that is still fetched", () => {
  it("waits, says so, and goes on by itself", async () => {
    const job = await createJob({ sourceUrl });
    expect(job).toMatchObject({ state: "queued", awaitsSource: true });
    expect(await read(`/jobs/${job.id}/status`)).toMatchObject({ state: "queued", message: "waiting for its source" });
    const later = await createJob({ assetId: job.assetId });
    expect(later.awaitsSource).toBe(true);
    expect(await countOf("SELECT count(*) AS n FROM outbox WHERE jobId IN (?, ?)", job.id, later.id)).toBe(0);

    const { fetchJobId } = await assetOf(job.assetId);
    await bring(await leaseOf(fetchJobId ?? ""), "some film");
    expect(await jobOf(job.id)).toMatchObject({ state: "queued", awaitsSource: false });
    const [task, second] = [await leaseOf(job.id), await leaseOf(later.id)];
    expect([task.inputs[0], second.inputs[0]]).toMatchObject([
      { kind: "presigned", bytes: 9 },
      { kind: "presigned", bytes: 9 },
    ]);
  });

  it("keeps nobody waiting whose queue hangs: the source's shard goes on, and the sweep brings it there", async () => {
    const job = await createJob({ sourceUrl });
    await env.DB.prepare("UPDATE jobs SET shard = 'enam:1' WHERE id = ?").bind(job.id).run();
    const { fetchJobId } = await assetOf(job.assetId);
    const { taskId, epoch, leaseToken } = await leaseOf(fetchJobId ?? "");
    const { prefix, region } = await verifyLease(settingsOf(env), leaseToken, runner.id, Date.now());
    const stored = await bucketOf(env, region).put(`${prefix}source`, "the film");
    const output = { name: "source", role: "source", bytes: 8, contentType: "video/mp4", sha256, md5: stored?.etag };
    const result = JSON.stringify({ prefix, outputs: [{ ...output, etag: stored?.etag }] });
    await queueStub(env, "enam:0").complete({ taskId, epoch, runnerId: runner.id, result });
    const startedAt = Date.now();
    await projectShard(withHanging("enam:1"), "enam:0");
    expect(Date.now() - startedAt).toBeLessThan(2 * limits.dispatchMs);
    expect((await queueStub(env, "enam:0").events()).events).toEqual([]);
    expect(await jobOf(job.id)).toMatchObject({ state: "queued", awaitsSource: false });
    await sweepOutbox(env, Date.now() + limits.outboxGraceMs, createLog());
    expect(await queueStub(env, "enam:1").counts()).toMatchObject({ ready: 1 });
    await post(`/jobs/${job.id}/cancel`, {});
  });

  it("fails with its source, and is told like any other end", async () => {
    const job = await createJob({ sourceUrl });
    const { fetchJobId } = await assetOf(job.assetId);
    await refuse(await leaseOf(fetchJobId ?? ""));
    expect(await assetOf(job.assetId)).toMatchObject({ state: "failed", error: { code: "source_not_found" } });
    expect(await jobOf(job.id)).toMatchObject({
      state: "failed",
      awaitsSource: false,
      error: { code: "asset_failed" },
    });
    expect(await eventsOf({ jobId: job.id })).toEqual(["job.created", "job.failed"]);

    // Tried again, it fetches again.
    const again = Job.parse(await (await post(`/jobs/${job.id}/retry`, {})).json());
    expect(again).toMatchObject({ run: 2, state: "queued", awaitsSource: true });
    expect(await assetOf(job.assetId)).toMatchObject({ state: "fetching", error: null });
    await bring(await leaseOf(fetchJobId ?? ""));
    expect((await leaseOf(job.id)).jobId).toBe(job.id);
  });

  it("is cancelled while it waits, at once; cancelling the fetch ends those that wait", async () => {
    const job = await createJob({ sourceUrl });
    const other = await createJob({ assetId: job.assetId });
    const canceled = Job.parse(await (await post(`/jobs/${job.id}/cancel`, {})).json());
    expect(canceled).toMatchObject({ state: "canceled", awaitsSource: false });
    expect(await eventsOf({ jobId: job.id })).toEqual(["job.created", "job.canceled"]);
    expect((await post(`/jobs/${job.id}/cancel`, {})).status).toBe(200);
    expect(await eventsOf({ jobId: job.id })).toEqual(["job.created", "job.canceled"]);

    const { fetchJobId } = await assetOf(job.assetId);
    expect((await post(`/jobs/${fetchJobId}/cancel`, {})).status).toBe(200);
    expect((await assetOf(job.assetId)).state).toBe("failed");
    expect((await jobOf(other.id)).state).toBe("failed");
    expect((await jobOf(job.id)).state).toBe("canceled");
  });

  it("tells those who watch it how it ended, though no queue ever knew of it", async () => {
    const lastSeen = async ({ id }: Pick<Job, "id">, end: () => Promise<unknown>) => {
      const row = await findJobToWatch(env, key.tenantId, id, Date.now());
      if (!row) throw new Error("not stored");
      const socket = await openChannel(env, row);
      const states: string[] = [];
      socket.addEventListener("message", ({ data }) => states.push(JobStatus.parse(JSON.parse(String(data))).state));
      socket.accept();
      await end();
      await expect.poll(() => states.at(-1), { timeout: 60_000 }).not.toBe("queued");
      return states.at(-1);
    };
    const failing = await createJob({ sourceUrl });
    const { fetchJobId } = await assetOf(failing.assetId);
    expect(await lastSeen(failing, async () => refuse(await leaseOf(fetchJobId ?? "")))).toBe("failed");

    const canceled = await createJob({ sourceUrl });
    expect(await lastSeen(canceled, () => post(`/jobs/${canceled.id}/cancel`, {}))).toBe("canceled");

    const batch = Batch.parse(await (await post("/batches", { sources: [{ sourceUrl }], job: order })).json());
    const { items }: { items: Job[] } = await (await api(`/batches/${batch.id}/jobs`, { key: key.secret })).json();
    const [inBatch] = items;
    if (!inBatch) throw new Error("a batch without a job");
    expect(await lastSeen(inBatch, () => post(`/batches/${batch.id}/cancel`, {}))).toBe("canceled");
  });

  it("is one job, one asset and one fetch for fifty identical requests at once", async () => {
    const one = await newTenantKey(admin, "fifty");
    const headers = { "idempotency-key": "the-same" };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post("/jobs", { ...order, sourceUrl }, one, headers)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = await Promise.all(answers.map(async (answer) => Job.parse(await answer.json()).id));
    expect(new Set(ids).size).toBe(1);
    expect(await countOf("SELECT count(*) AS n FROM jobs WHERE tenantId = ?", one.tenantId)).toBe(2);
    expect(await countOf("SELECT count(*) AS n FROM assets WHERE tenantId = ?", one.tenantId)).toBe(1);
    expect(
      await countOf("SELECT count(*) AS n FROM audit_log WHERE tenantId = ? AND action = 'job.create'", one.tenantId),
    ).toBe(2);
  });
});

describe("a batch", () => {
  const urls = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ sourceUrl: `https://media.example.com/${n}.mp4` }));

  it("of twenty with three bad sources ends partially succeeded, and says so once", async () => {
    const created = await post("/batches", { name: "films", sources: urls(20), job: { ...order, tags: ["b"] } });
    expect(created.status).toBe(201);
    const batch = Batch.parse(await created.json());
    expect(batch).toMatchObject({ state: "running", counts: { queued: 20 }, progress: { total: 20, ended: 0 } });

    const { items }: { items: unknown[] } = await (
      await api(`/batches/${batch.id}/jobs?limit=100`, { key: key.secret })
    ).json();
    const jobs = items.map((item) => Job.parse(item));
    expect(jobs).toHaveLength(20);
    const fetches = await Promise.all(jobs.map(async ({ assetId }) => (await assetOf(assetId)).fetchJobId ?? ""));
    for (const [index, fetchJobId] of fetches.entries()) {
      const task = await leaseOf(fetchJobId);
      if (index < 3) await refuse(task);
      else await bring(task);
    }
    expect(Batch.parse(await read(`/batches/${batch.id}`))).toMatchObject({ state: "running", counts: { failed: 3 } });
    expect(await eventsOf({ batchId: batch.id })).not.toContain("batch.completed");
    const tasks: LeasedTask[] = [];
    for (const { id } of jobs.slice(3)) tasks.push(await leaseOf(id));
    await Promise.all(
      tasks.map((task) => callLease(runner, "complete", task.leaseToken, { manifest: { outputs: [] } })),
    );
    const ended = Batch.parse(await read(`/batches/${batch.id}`));
    expect(ended).toMatchObject({ state: "partially_succeeded", counts: { failed: 3, succeeded: 17 } });
    expect(ended.progress).toEqual({ total: 20, ended: 20, percent: 100 });
    const told = (await eventsOf({ batchId: batch.id })).filter((type) => type === "batch.completed");
    expect(told).toEqual(["batch.completed"]);

    const again = Batch.parse(await (await post(`/batches/${batch.id}/retry-failed`, {})).json());
    expect(again).toMatchObject({ state: "running", counts: { queued: 3, succeeded: 17 } });
    const canceled = Batch.parse(await (await post(`/batches/${batch.id}/cancel`, {})).json());
    expect(canceled).toMatchObject({ state: "partially_succeeded", counts: { canceled: 3, succeeded: 17 } });
    expect((await eventsOf({ batchId: batch.id })).filter((type) => type === "batch.completed")).toHaveLength(2);
    const { results } = await env.DB.prepare("SELECT action FROM audit_log WHERE resource = ? ORDER BY sequence")
      .bind(batch.id)
      .all<{ action: string }>();
    expect(results.map(({ action }) => action)).toEqual(["batch.create", "batch.retry", "batch.cancel"]);
  });

  it("is refused whole, naming each bad source", async () => {
    const foreign = await readyAsset(admin);
    const own = await readyAsset(key);
    const sources = [{ assetId: own.id }, { assetId: foreign.id }, {}, { assetId: own.id, sourceUrl }];
    const body: { errors: { path: string }[] } = await (await post("/batches", { sources, job: order })).json();
    expect(body.errors.map(({ path }) => path)).toEqual(["sources.2.assetId", "sources.3.assetId"]);
    const before = await countOf("SELECT count(*) AS n FROM jobs WHERE tenantId = ?", key.tenantId);
    const refused: { errors: { path: string }[] } = await (
      await post("/batches", { sources: sources.slice(0, 2), job: order })
    ).json();
    expect(refused.errors.map(({ path }) => path)).toEqual(["sources.1.assetId"]);
    expect(await countOf("SELECT count(*) AS n FROM jobs WHERE tenantId = ?", key.tenantId)).toBe(before);
    expect((await post("/batches", { sources: urls(501), job: order })).status).toBe(422);
  });

  it("of five hundred is taken in one go, once for one key", async () => {
    const one = await newTenantKey(admin, "large");
    const body = { sources: urls(500), job: order };
    const answers = await Promise.all([1, 2, 3].map(() => post("/batches", body, one, { "idempotency-key": "large" })));
    const ids = await Promise.all(answers.map(async (answer) => Batch.parse(await answer.json()).id));
    expect(new Set(ids).size).toBe(1);
    expect(await countOf("SELECT count(*) AS n FROM jobs WHERE tenantId = ?", one.tenantId)).toBe(1_000);
    await post(`/batches/${ids[0]}/cancel`, {}, one);
    expect(Batch.parse(await read(`/batches/${ids[0]}`, one))).toMatchObject({
      state: "canceled",
      counts: { canceled: 500 },
    });
  });

  it("is nobody else's", async () => {
    const { id } = Batch.parse(await (await post("/batches", { sources: urls(1), job: order })).json());
    for (const path of [`/batches/${id}`, `/batches/${id}/jobs`])
      expect(await problemOf(await api(path, { key: admin.secret }))).toEqual([404, "not_found"]);
    for (const verb of ["cancel", "retry-failed"])
      expect(await problemOf(await post(`/batches/${id}/${verb}`, {}, admin))).toEqual([404, "not_found"]);
  });
});
