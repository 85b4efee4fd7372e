import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { HistoryWindow, RegionHistory } from "@reelway/shared/contracts/region-history";
import { beforeAll, describe, expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { projectShard } from "../src/projection/project.ts";
import { watchRegions } from "../src/regions/failover.ts";
import { type Bucket, merged, since, together } from "../src/regions/history/bucket.ts";
import { percentile } from "../src/regions/history/percentile.ts";
import { pointsOf } from "../src/regions/history/points.ts";
import { api } from "./support/api.ts";
import { callLease, seedJob } from "./support/fleet.ts";
import { end, leased, write } from "./support/leases.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

async function history(query = ""): Promise<RegionHistory> {
  const answer = await api(`/regions/history${query}`, { key: admin.secret });
  expect(answer.status).toBe(200);
  return RegionHistory.parse(await answer.json());
}
const last = ({ points }: RegionHistory) => points.at(-1) ?? expect.unreachable();

const none = { tasksDone: 0, mediaSeconds: 0, succeeded: 0, failed: 0, attemptsFailed: 0, waits: [] };
const bucket = (waiting: number, more: Partial<Bucket["counted"]> = {}): Bucket => ({
  seen: { waiting, oldestWaitingMs: waiting * 10, running: waiting, liveRunners: waiting },
  counted: { ...none, ...more },
});

describe("a percentile", () => {
  test("lies within the bucket that it falls into, evenly, and never beyond the last bound", () => {
    expect(percentile([0, 10, 0, 0], [1, 2, 4], 0.5)).toBe(1.5);
    expect(percentile([5, 0, 5, 0], [1, 2, 4], 0.95)).toBe(3.8);
    expect(percentile([5, 0, 5, 0], [1, 2, 4], 0.5)).toBe(1);
    expect(percentile([0, 0, 0, 3], [1, 2, 4], 0.5)).toBe(4);
    expect(percentile([0, 0, 0, 0], [1, 2, 4], 0.5)).toBeNull();
  });
});

describe("buckets", () => {
  test("of one region become one by the most that was seen and the fewest runners, of two regions by their sum", () => {
    const [a, b] = [bucket(1, { tasksDone: 2, waits: [1, 0] }), bucket(3, { tasksDone: 5, waits: [0, 4] })];
    const counted = { ...none, tasksDone: 7, waits: [1, 4] };
    expect(merged(a, b)).toEqual({
      seen: { waiting: 3, oldestWaitingMs: 30, running: 3, liveRunners: 1 },
      counted,
    });
    expect(together(a, b)).toEqual({ seen: { waiting: 4, oldestWaitingMs: 30, running: 4, liveRunners: 4 }, counted });
    // What waits in a region whose queue is away is not known, so neither is what waits in all.
    expect(together(a, { ...b, seen: null })).toEqual({ seen: null, counted });
    expect(together({ ...a, seen: null }, b)).toEqual({ seen: null, counted });
    expect(merged({ ...a, seen: null }, b).seen).toEqual(b.seen);
  });

  test("count nothing twice, and make nothing up where totals were lost", () => {
    const before = { ...none, tasksDone: 7, failed: 3, waits: [2, 2] };
    const now = { ...none, tasksDone: 9, failed: 1, waits: [2, 3] };
    expect(since(before, now)).toEqual({ ...none, tasksDone: 2, failed: 0, waits: [0, 1] });
    // At the first look of all, the totals are of years perhaps.
    expect(since(undefined, now)).toEqual(none);
  });

  test("become points without gaps: a step that nobody looked into says so", () => {
    const span = { from: 0, to: 30, stepMs: 10 };
    const points = pointsOf(
      [
        { at: 0, bucket: bucket(1) },
        { at: 5, bucket: bucket(2) },
        { at: 20, bucket: bucket(0) },
      ],
      span,
    );
    expect(points.map(({ at, waiting, tasksDone }) => [at, waiting, tasksDone])).toEqual([
      [0, 2, 0],
      [10, null, null],
      [20, 0, 0],
      [30, null, null],
    ]);
    expect(points.every(({ waits }) => waits === null)).toBe(true);
  });
});

describe("what is kept", () => {
  test("is bounded: minutes for two hours, ten minutes for a day, hours for a month, over the object's own end", async () => {
    const hub = env.METRICS_HUB.getByName(`of-a-test-${crypto.randomUUID()}`);
    const now = Date.UTC(2026, 10, 22, 12);
    const seen = { weur: { waiting: 1, oldestWaitingMs: 5, running: 0, liveRunners: 1 }, apac: null };
    for (const ageMs of [
      40 * 24 * hourMs,
      30 * 24 * hourMs,
      24 * hourMs,
      3 * hourMs,
      hourMs,
      2 * minuteMs,
      minuteMs,
      0,
    ])
      await hub.noteHistory(now - ageMs, seen);
    await evictDurableObject(hub);
    const ages = async (stepMs: number) => (await hub.readHistory(stepMs, 0)).map(({ at }) => (now - at) / minuteMs);
    expect(await ages(minuteMs)).toEqual([60, 2, 1, 0]);
    expect(await ages(10 * minuteMs)).toEqual([1_440, 180, 60, 10, 0]);
    expect(await ages(hourMs)).toEqual([43_200, 1_440, 180, 60, 0]);
    // Steps that are coarser than what is kept are made of hours.
    expect(await ages(4 * hourMs)).toEqual(await ages(hourMs));
    expect((await hub.readHistory(minuteMs, now)).map(({ regions }) => regions.apac?.seen)).toEqual([null]);
  });

  test("of a step is not mixed with a later one, where the clock went back", async () => {
    const hub = env.METRICS_HUB.getByName(`of-a-test-${crypto.randomUUID()}`);
    const now = Date.UTC(2026, 10, 22, 12);
    const busy = { waiting: 9, oldestWaitingMs: 5, running: 0, liveRunners: 1 };
    await hub.noteHistory(now + minuteMs, { weur: busy });
    await hub.noteHistory(now, { weur: { ...busy, waiting: 1 } });
    const rows = await hub.readHistory(minuteMs, now);
    expect(rows.map(({ regions }) => regions.weur?.seen?.waiting)).toEqual([1, 9]);
  });

  test("costs four rows a look, however much is counted", async () => {
    const hub = env.METRICS_HUB.getByName(`of-a-test-${crypto.randomUUID()}`);
    await hub.noteHistory(Date.now(), {});
    const rows = await runInDurableObject(hub, (_, { storage }) => [
      storage.sql.exec("SELECT count(*) AS count FROM history").one().count,
      [...storage.kv.list()].length,
    ]);
    expect(rows).toEqual([3, 1]);
  });
});

describe("GET /regions/history", () => {
  test("tells what waits, who waited for how long, what was done and what failed, of one region and of all", async () => {
    await watchRegions(env);
    const [before, before24h] = [last(await history("?region=apac&window=1h")), last(await history("?region=apac"))];

    const good = await leased("apac");
    const output = await write(good.task, good.runner, "metadata.json");
    const streams = { video: [], audio: [], subtitles: [], otherStreams: 0, chapters: 0, tags: {} };
    const source = {
      container: "mov",
      bytes: 1,
      durationSeconds: 12.5,
      startSeconds: 0,
      bitrateKbps: null,
      ...streams,
    };
    const done = { manifest: { outputs: [output], source } };
    expect((await callLease(good.runner, "complete", good.task.leaseToken, done)).status).toBe(200);
    const bad = await leased("apac");
    await end(bad.runner, bad.task);
    await projectShard(env, good.job.shard);
    await dispatchJob(env, await seedJob("apac"));
    await watchRegions(env);

    const grown = (after: typeof before, start: typeof before) => ({
      tasksDone: (after.tasksDone ?? 0) - (start.tasksDone ?? 0),
      mediaSeconds: (after.mediaSeconds ?? 0) - (start.mediaSeconds ?? 0),
      succeeded: (after.succeeded ?? 0) - (start.succeeded ?? 0),
      failed: (after.failed ?? 0) - (start.failed ?? 0),
      attemptsFailed: (after.attemptsFailed ?? 0) - (start.attemptsFailed ?? 0),
      jobs: (after.waits?.jobs ?? 0) - (start.waits?.jobs ?? 0),
    });
    const expected = { tasksDone: 1, mediaSeconds: 12.5, succeeded: 1, failed: 1, attemptsFailed: 1, jobs: 2 };
    const day = last(await history("?region=apac"));
    expect(grown(day, before24h)).toEqual(expected);
    // The tests may run across the end of a minute: then its two stretches hold it together.
    const lastTwo = (await history("?region=apac&window=1h")).points.slice(-2);
    expect(lastTwo.reduce((sum, { tasksDone }) => sum + (tasksDone ?? 0), 0) - (before.tasksDone ?? 0)).toBe(1);
    expect(day).toMatchObject({ waiting: 1, liveRunners: expect.any(Number) });
    expect(day.waits?.p50Ms).toBeLessThanOrEqual(day.waits?.p95Ms ?? 0);
    const all = last(await history());
    expect(all.tasksDone).toBeGreaterThanOrEqual(day.tasksDone ?? 0);
    expect(last(await history("?region=enam")).waiting).toBe(0);
  });

  test("has a point for every step of each window, the first ones of which nobody knows anything", async () => {
    await watchRegions(env);
    for (const [window, count] of [
      ["1h", 60],
      ["24h", 144],
      ["7d", 168],
      ["30d", 180],
    ] as const) {
      const { points, stepMs, region } = await history(`?window=${window}`);
      expect([window, points.length, region]).toEqual([window, count, null]);
      expect(points.every(({ at }, index) => at === (points[0]?.at ?? 0) + index * stepMs)).toBe(true);
      expect(points[0]?.waiting).toBeNull();
      expect(points.at(-1)?.waiting).toEqual(expect.any(Number));
    }
    expect(HistoryWindow.options).toHaveLength(4);
  });

  test("is for those who may see the fleet, and names nobody's tenant", async () => {
    const operator = await newKey(admin, { name: "o", role: "operator" });
    const viewer = await newKey(admin, { name: "v", role: "viewer" });
    const tenant = await newTenantKey(admin, "history-tenant", "admin");
    const status = async (key: TestKey) => (await api("/regions/history", { key: key.secret })).status;
    expect([await status(operator), await status(viewer), await status(tenant)]).toEqual([200, 403, 403]);
    expect((await api("/regions/history")).status).toBe(401);
    for (const query of ["?window=2h", "?region=mars"])
      expect((await api(`/regions/history${query}`, { key: admin.secret })).status).toBe(422);
  });

  test("goes on where the hub loses a look: what the sweep decides about regions does not depend on it", async () => {
    const METRICS_HUB = new Proxy(env.METRICS_HUB, {
      get() {
        throw new Error("the hub is away");
      },
    });
    await env.DB.prepare("DELETE FROM region_states").run();
    await watchRegions({ ...env, METRICS_HUB });
    expect(await env.DB.prepare("SELECT count(*) AS n FROM region_states").first<number>("n")).toBe(3);
  });
});
