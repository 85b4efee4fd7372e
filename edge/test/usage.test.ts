import { env } from "cloudflare:workers";
import { StoredPart } from "@reelway/shared/contracts/manifest";
import { page } from "@reelway/shared/contracts/page";
import { TenantUsage, Usage } from "@reelway/shared/contracts/usage";
import { beforeAll, describe, expect, it } from "vitest";
import { applyEvents } from "../src/projection/apply-events.ts";
import { api, call } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { callLease, jobRow, makeKey, seedJob } from "./support/fleet.ts";
import { complete, end, leased, write } from "./support/leases.ts";
import { finishedFilm, play, playbackOf } from "./support/playback.ts";
import { queueEventsAfter } from "./support/queue-events.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

let platform: TestKey;
beforeAll(async () => {
  platform = await bootstrapped();
});

const secretOf = ({ authorization }: { authorization: string }) => authorization.slice("Bearer ".length);
const usageOf = async (key: string, query = "") => Usage.parse(await (await api(`/usage${query}`, { key })).json());
const today = () => new Date().toISOString().slice(0, 10);
const nothing = {
  ...{ jobsSucceeded: 0, jobsFailed: 0, jobsCanceled: 0, sourceSeconds: 0, workSeconds: 0 },
  ...{ outputBytes: 0, deliveredBytes: 0 },
};
/** Of 20 s, converted in 3.5 s. */
const told = {
  source: {
    ...{ container: "mp4", bytes: 10, durationSeconds: 20, startSeconds: 0, bitrateKbps: 2 },
    ...{ video: [], audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} },
  },
  execution: { runnerId: "run", encoder: null, ffmpeg: "9.0", downloadMs: 1, processMs: 3_500, uploadMs: 1 },
};

describe("what is counted", () => {
  it("is each end once, with the length, the work and the bytes of what succeeded", async () => {
    const maker = await makeKey("member");
    const good = await leased("weur", { tenantId: maker.tenantId });
    const outputs = [await write(good.task, good.runner, "metadata.json", "x".repeat(700))];
    await callLease(good.runner, "complete", good.task.leaseToken, { manifest: { outputs, ...told } });
    const bad = await leased("weur", { tenantId: maker.tenantId });
    await end(bad.runner, bad.task);
    const canceled = await leased("weur", { tenantId: maker.tenantId });
    await call(`/api/v1/jobs/${canceled.job.id}/cancel`, { method: "POST", key: secretOf(maker) });

    const usage = await usageOf(secretOf(maker));
    const figures = {
      ...{ jobsSucceeded: 1, jobsFailed: 1, jobsCanceled: 1, sourceSeconds: 20, workSeconds: 3.5 },
      ...{ outputBytes: 700, deliveredBytes: 0 },
    };
    expect(usage.days).toEqual([{ day: today(), ...figures }]);
    expect(usage.total).toEqual(figures);
    expect(usage.stored).toMatchObject({ sources: 3, results: 1, outputBytes: 700 });
    expect(usage.stored.sourceBytes).toBeGreaterThan(0);
  });

  it("is the same when events come again, at once or late, and adds up what one batch tells of several", async () => {
    const [one, other] = [await makeKey("member"), await makeKey("member")];
    const jobs = [
      (await seedJob("enam", { tenantId: one.tenantId })).job,
      (await seedJob("enam", { tenantId: one.tenantId })).job,
      (await seedJob("enam", { tenantId: other.tenantId })).job,
    ];
    const error = { code: "input_unreadable", message: "no moov" } as const;
    const eventOf = queueEventsAfter(Date.now());
    const ends = jobs.flatMap((job, index) => [
      eventOf(job, index * 2 + 1, "job.started"),
      eventOf(job, index * 2 + 2, "job.failed", { error }),
    ]);
    const shard = "enam:90" as const;
    await Promise.all([applyEvents(env, shard, ends), applyEvents(env, shard, ends)]);
    await applyEvents(env, shard, ends);
    expect((await usageOf(secretOf(one))).total).toEqual({ ...nothing, jobsFailed: 2 });
    expect((await usageOf(secretOf(other))).total).toEqual({ ...nothing, jobsFailed: 1 });
  });

  it("is of a stream what all its parts come to", async () => {
    const film = await finishedFilm();
    const rows = env.DB.prepare("SELECT stored FROM job_parts WHERE jobId = ?").bind(film.job.id);
    const { results } = await rows.all<{ stored: string }>();
    const usage = await usageOf(film.key);
    const { manifest } = await jobRow(film.job.id);
    const playlists = manifest?.outputs.filter(({ prefix }) => prefix === undefined) ?? [];
    const parts = results.map(({ stored }) => StoredPart.parse(JSON.parse(stored)));
    const files = [...playlists, ...parts.flatMap(({ outputs }) => outputs)].map((file) => file.bytes);
    const segments = parts.flatMap((part) => part.segments.map(([, size]) => size));
    const bytes = [...files, ...segments].reduce((sum, one) => sum + one, 0);
    expect(segments).toHaveLength(9);
    expect(playlists).toHaveLength(3);
    expect(usage.total).toMatchObject({ jobsSucceeded: 1, sourceSeconds: 12, outputBytes: bytes });
    expect(usage.stored).toMatchObject({ results: 1, outputBytes: bytes });
  });

  it("is what players and downloads were answered with, and no question about it", async () => {
    const film = await finishedFilm();
    const token = await playbackOf(film);
    const segment = await (await play(token, "video-1/seg-00001.m4s")).arrayBuffer();
    const part = await (await play(token, "video-1/seg-00001.m4s", { range: "bytes=1-4" })).arrayBuffer();
    const poster = await (await call(`/api/v1/jobs/${film.job.id}/thumbnail`, { key: film.key })).arrayBuffer();
    await (await play(token, "video-1/seg-00002.m4s", {}, "HEAD")).body?.cancel();
    expect(part.byteLength).toBe(4);
    const delivered = segment.byteLength + part.byteLength + poster.byteLength;
    await expect
      .poll(async () => (await usageOf(film.key)).total.deliveredBytes, { timeout: 20_000, interval: 500 })
      .toBe(delivered);
  });

  it("is stored until it is deleted, and was made all the same", async () => {
    const maker = await makeKey("member");
    const { job, task, runner } = await leased("weur", { tenantId: maker.tenantId });
    await complete(runner, task.leaseToken, [await write(task, runner, "metadata.json", "y".repeat(300))]);
    await call(`/api/v1/jobs/${job.id}/outputs`, { method: "DELETE", key: secretOf(maker) });
    const { total, stored } = await usageOf(secretOf(maker));
    expect(total.outputBytes).toBe(300);
    expect(stored).toMatchObject({ results: 0, outputBytes: 0 });
  });
});

describe("who is told", () => {
  it("is whoever may, of their own tenant", async () => {
    const tenant = await newTenantKey(platform, "shy");
    const viewer = await newKey(tenant, { name: "viewer", role: "viewer" });
    expect(await usageOf(tenant.secret)).toMatchObject({ tenantId: tenant.tenantId, days: [], total: nothing });
    expect(await problemOf(await api("/usage", { key: viewer.secret }))).toEqual([403, "forbidden"]);
    const other = `/usage?tenantId=${platform.tenantId}`;
    expect(await problemOf(await api(other, { key: tenant.secret }))).toEqual([403, "forbidden"]);
    expect(await problemOf(await api("/usage/tenants", { key: tenant.secret }))).toEqual([403, "forbidden"]);
    expect(await usageOf(platform.secret, `?tenantId=${tenant.tenantId}`)).toMatchObject({ tenantId: tenant.tenantId });
  });

  it("is an operator, of all tenants, a page at a time", async () => {
    const operator = await newKey(platform, { name: "operator", role: "operator" });
    const worked = await makeKey("member");
    const { task, runner } = await leased("weur", { tenantId: worked.tenantId });
    await complete(runner, task.leaseToken, [await write(task, runner, "metadata.json", "z".repeat(50))]);
    const found: TenantUsage[] = [];
    let cursor = "";
    do {
      const answer = await api(`/usage/tenants?limit=2${cursor}`, { key: operator.secret });
      const { items, nextCursor } = page(TenantUsage).parse(await answer.json());
      found.push(...items);
      cursor = nextCursor === null ? "" : `&cursor=${nextCursor}`;
    } while (cursor !== "");
    const { n } = (await env.DB.prepare("SELECT count(*) AS n FROM tenants").first<{ n: number }>()) ?? { n: 0 };
    expect(found).toHaveLength(n);
    expect(found.find(({ tenantId }) => tenantId === worked.tenantId)).toMatchObject({
      total: { jobsSucceeded: 1, outputBytes: 50 },
      stored: { sources: 1, results: 1, outputBytes: 50 },
    });
    expect(found.find(({ tenantId }) => tenantId === platform.tenantId)?.total).toEqual(nothing);
  });
});

describe("the days", () => {
  it("are the last thirty, or those that are named, both included", async () => {
    const { tenantId, secret } = await newTenantKey(platform, "days");
    const insert = "INSERT INTO usage_days (tenantId, day, jobsFailed) VALUES (?, unixepoch(?) / 86400, 1)";
    for (const day of ["2026-03-01", "2026-03-02", "2026-03-05"])
      await env.DB.prepare(insert).bind(tenantId, day).run();
    const usage = await usageOf(secret, "?from=2026-03-02&to=2026-03-05");
    expect(usage).toMatchObject({ from: "2026-03-02", to: "2026-03-05", total: { jobsFailed: 2 } });
    expect(usage.days.map(({ day }) => day)).toEqual(["2026-03-02", "2026-03-05"]);
    const { from, to } = await usageOf(secret);
    expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBe(29);
    expect(to).toBe(today());
  });

  it("are refused where they make no span, or too long a one", async () => {
    const refused = [
      "from=2026-03-05&to=2026-03-02",
      "from=2025-01-01&to=2026-01-02",
      "from=yesterday",
      "to=2026-02-30",
    ];
    for (const query of refused)
      expect(await problemOf(await api(`/usage?${query}`, { key: platform.secret })), query).toEqual([
        422,
        "invalid_request",
      ]);
    expect((await api("/usage?from=2025-01-01&to=2026-01-01", { key: platform.secret })).status).toBe(200);
  });
});
