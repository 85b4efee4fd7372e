import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { limits } from "@reelway/shared/limits";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import { asc, eq, getTableColumns } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { liveStatus } from "../src/channel/current-status.ts";
import { replayDeadLetters } from "../src/dead-letters/replay-dead-letters.ts";
import { cancelJob as cancelInQueue, dispatchJob } from "../src/dispatch/dispatch.ts";
import { eventId } from "../src/events/event-id.ts";
import { createLog } from "../src/http/log.ts";
import { cancelJob } from "../src/jobs/cancel-job.ts";
import { retryJob } from "../src/jobs/retry-job.ts";
import { leaseOf, signLease } from "../src/leases/token.ts";
import { callChannel } from "../src/objects/job-channel-stub.ts";
import { handleScheduled, sweepOutbox } from "../src/queues/sweep.ts";
import type { Targets } from "../src/regions/choose-target.ts";
import { drainRegion } from "../src/regions/drain-region.ts";
import { watchRegions } from "../src/regions/failover.ts";
import { moveWaitingJobs } from "../src/regions/move-jobs.ts";
import { placeJob } from "../src/regions/place.ts";
import { forgetRegionStates } from "../src/regions/placement-rules.ts";
import { settingsOf } from "../src/settings.ts";
import { databaseOf } from "../src/store/database.ts";
import { insertMoves } from "../src/store/job-moves.ts";
import { findJobToWatch, requestCancel } from "../src/store/jobs.ts";
import { auditLog, events, jobs, outbox, regionStates, storageSweeps, tenants } from "../src/store/schema.ts";
import { askedDatabase } from "./support/asked-database.ts";
import {
  description,
  type Holder,
  jobRow,
  leaseOver,
  makeRunner,
  makeTenant,
  outboxRows,
  queueOf,
  seedJob,
} from "./support/fleet.ts";
import { complete, write } from "./support/leases.ts";

const settings = settingsOf(env);
const database = databaseOf(env);
const log = createLog();
const { failoverAfterMs } = settings;

/** When each look happens: at first so long ago that a region which nobody served since is abandoned now. */
let now = 0;

beforeEach(async () => {
  now = Date.now() - failoverAfterMs;
  forgetRegionStates();
  await database.delete(jobs);
  await database.delete(outbox);
  await database.delete(regionStates);
  for (const region of regionIds)
    await runInDurableObject(queueOf(region), (_, { storage }) => {
      for (const table of ["tasks", "jobs", "runners", "tenants"]) storage.sql.exec(`DELETE FROM ${table}`);
    });
});

/** The runner was last seen at this time. */
async function seen(runner: Holder, region: RegionId, at: number) {
  await leaseOver(runner, { draining: true });
  await runInDurableObject(queueOf(region), (_, { storage }) => {
    storage.sql.exec("UPDATE runners SET last_seen_at = ?, draining = 0 WHERE runner_id = ?", at, runner.id);
  });
}

/** A region whose only runner was seen for the last time so long ago that waiting jobs leave, beside two that are alive. */
async function abandoned(region: RegionId = "weur") {
  const runners = new Map<RegionId, Holder>();
  for (const id of regionIds) {
    const runner = await makeRunner(id);
    runners.set(id, runner);
    await seen(runner, id, now);
  }
  await watchRegions(env, now);
  now += failoverAfterMs;
  for (const [id, runner] of runners) if (id !== region) await seen(runner, id, now);
  return { runnerOf: (id: RegionId) => runners.get(id) ?? expect.unreachable() };
}

async function waiting(region: RegionId, allowedRegions: RegionId[] | null = null, runnerLabels: string[] = []) {
  const entry = await seedJob(region, { tenantId: await makeTenant(allowedRegions), runnerLabels });
  await dispatchJob(env, entry);
  return entry;
}

const audits = (resource: string) => database.select().from(auditLog).where(eq(auditLog.resource, resource));
const eventsOf = (jobId: string) => database.select().from(events).where(eq(events.jobId, jobId));

test("three regions, one dead: what waits there goes to the nearest that its tenant allows, and nowhere else", async () => {
  await abandoned("weur");
  const free = await waiting("weur");
  const asian = await waiting("weur", ["weur", "apac"]);
  const bound = await waiting("weur", ["weur"]);
  await watchRegions(env, now);

  expect(await jobRow(free.job.id)).toMatchObject({ region: "enam", shard: "enam:0", run: 2, state: "queued" });
  expect(await jobRow(asian.job.id)).toMatchObject({ region: "apac", shard: "apac:0", run: 2 });
  expect(await jobRow(bound.job.id)).toMatchObject({ region: "weur", shard: "weur:0", run: 1 });
  expect((await jobRow(free.job.id)).storageRoot).not.toBe(free.job.storageRoot);
  expect((await Promise.all([free, asian, bound].map(({ job }) => outboxRows(job.id)))).flat()).toEqual([]);
  expect(await queueOf("weur").counts()).toMatchObject({ ready: 1, leased: 0 });

  expect(await audits(free.job.id)).toMatchObject([
    {
      action: "job.move",
      actorKind: "system",
      tenantId: free.job.tenantId,
      detail: { from: "weur", to: "enam", run: 2 },
    },
  ]);
  expect((await audits("weur")).filter(({ action }) => action === "region.failover")).toHaveLength(1);
  const told = (await eventsOf(free.job.id)).filter(({ type }) => type === "job.moved");
  expect(told).toMatchObject([{ tenantId: free.job.tenantId, data: { region: "enam", run: 2 } }]);
  expect(await eventsOf(bound.job.id)).toEqual([]);
  // New work of that asset begins elsewhere too.
  expect(await placeJob(env, settings, { tenantId: free.job.tenantId, assetRegion: "weur", now })).toBe("enam");
});

test("the runner elsewhere reads the source where it lies, and its outputs are its own region's", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job, asset } = await waiting("weur");
  await watchRegions(env, now);
  const [task] = await leaseOver(runnerOf("enam"));
  if (!task) throw new Error("nothing to lease");
  const [input] = task.inputs;
  if (input?.kind !== "presigned") throw new Error("no input");
  expect(input.request.url).toContain(`/reelway-weur/${asset.storageKey}?`);

  const output = await write(task, runnerOf("enam"), "metadata.json");
  expect((await complete(runnerOf("enam"), task.leaseToken, [output])).status).toBe(200);
  const done = await jobRow(job.id);
  expect(done).toMatchObject({ state: "succeeded", region: "enam", run: 2, attempt: 1 });
  expect(await env.BUCKET_ENAM.head(`${done.manifest?.prefix}metadata.json`)).toBeTruthy();
  expect(await env.BUCKET_WEUR.head(`${done.manifest?.prefix}metadata.json`)).toBeNull();
});

/** Leased past the Worker, whose projection would tell D1 of it at once. */
async function leasedUnheard(runner: Holder) {
  const call = { runnerId: runner.id, slots: 1, draining: false, version: "1", max: 1, waitMs: 0, waitId: "unheard" };
  const [task] = await queueOf("weur").lease({ ...call, capabilities: description.capabilities });
  if (!task) throw new Error("nothing to lease");
  const leaseToken = await signLease(settings, leaseOf(task).claims);
  const leased = { ...task, leaseToken };
  return { leaseToken, output: () => write(leased, runner, "metadata.json") };
}

test("a zombie that had leased the job in the moment of its move changes nothing", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  const zombie = runnerOf("weur");
  const { leaseToken, output } = await leasedUnheard(zombie);
  expect(await move(job, "enam")).toBe(1);
  await sweepOutbox(env, now + limits.outboxGraceMs, log);

  expect((await complete(zombie, leaseToken, [await output()])).status).toBe(409);
  await handleScheduled(env);
  expect(await jobRow(job.id)).toMatchObject({ region: "enam", run: 2, state: "queued", manifest: null });
  const swept = (await database.select().from(storageSweeps)).map(({ prefix, region }) => [prefix, region]);
  expect(swept).toContainEqual([`${job.storageRoot}/`, "weur"]);
  expect((await leaseOver(runnerOf("enam"))).map(({ jobId }) => jobId)).toEqual([job.id]);
});

test("a completion that the old queue took after the move counts for nothing, and nothing is lost", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  const { leaseToken, output } = await leasedUnheard(runnerOf("weur"));
  expect(await move(job, "enam")).toBe(1);
  expect((await complete(runnerOf("weur"), leaseToken, [await output()])).status).toBe(200);
  await sweepOutbox(env, now + limits.outboxGraceMs, log);
  expect(await jobRow(job.id)).toMatchObject({ state: "queued", run: 2, region: "enam", manifest: null });
  expect((await leaseOver(runnerOf("enam"))).map(({ jobId }) => jobId)).toEqual([job.id]);
});

test("what has begun is not moved, though D1 has yet to hear of it", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  await leasedUnheard(runnerOf("weur"));
  await seen(runnerOf("weur"), "weur", 1);
  const targets: Targets = new Map([["enam", [{ capabilities: ["kind:probe"] }]]]);
  expect(await moveWaitingJobs(env, settings, { from: "weur", reason: "drained", targets, now }, log)).toBe(0);
  expect(await jobRow(job.id)).toMatchObject({ state: "running", region: "weur", run: 1 });
});

test("who watches a job hears of its new run, and nothing of the end of the one that was left behind", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  await findJobToWatch(env, job.tenantId, job.id, now);
  await watchRegions(env, now);
  await handleScheduled(env);
  expect((await liveStatus(env, await jobRow(job.id))).state).toBe("queued");
  const heard = () => callChannel(env, job.id, async (channel) => await channel.current());
  expect((await heard())?.status.state).not.toBe("canceled");
  // The new shard counts its events from 1: what the channel knew of the old one's must not hide them.
  expect(await leaseOver(runnerOf("enam"))).toHaveLength(1);
  await expect.poll(async () => (await heard())?.status.state).toBe("running");
  expect((await heard())?.run).toBe(2);
});

test("a move whose messages and delivery were all lost is finished by the sweep", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  expect(await move(job, "enam")).toBe(1);
  expect((await outboxRows(job.id)).map(({ action, run, shard }) => [action, run, shard]).sort()).toEqual([
    ["cancel", 1, "weur:0"],
    ["enqueue", 2, "enam:0"],
  ]);
  await sweepOutbox(env, now + limits.outboxGraceMs, log);
  expect(await outboxRows(job.id)).toEqual([]);
  expect(await leaseOver(runnerOf("weur"))).toEqual([]);
  expect((await leaseOver(runnerOf("enam"))).map(({ jobId }) => jobId)).toEqual([job.id]);
});

test("a job that had not reached its old queue is started in the new one alone", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await seedJob("weur", { tenantId: await makeTenant() });
  expect(await move(job, "enam")).toBe(1);
  expect((await outboxRows(job.id)).filter(({ run }) => run === 1)).toMatchObject([{ action: "cancel" }]);
  await sweepOutbox(env, now + limits.outboxGraceMs, log);
  expect(await leaseOver(runnerOf("weur"))).toEqual([]);
  expect(await leaseOver(runnerOf("enam"))).toHaveLength(1);
});

test("many looks at once move a job once", async () => {
  await abandoned("weur");
  const entries = await Promise.all(Array.from({ length: 5 }, () => waiting("weur")));
  await Promise.all(Array.from({ length: 4 }, () => watchRegions(env, now)));
  for (const { job } of entries) {
    expect(await jobRow(job.id)).toMatchObject({ region: "enam", run: 2 });
    expect(await audits(job.id)).toHaveLength(1);
    expect((await eventsOf(job.id)).filter(({ type }) => type === "job.moved")).toHaveLength(1);
  }
  expect(await queueOf("enam").counts()).toMatchObject({ ready: 5 });
  expect(await queueOf("weur").counts()).toMatchObject({ ready: 0 });
});

describe("a tenant's rule and a drain are looked at once more in the moment of the move", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ["the rule", async () => undefined, "weur"],
    ["the drain", () => database.insert(regionStates).values({ region: "enam", drainedAt: 1, lookedAt: 1 }), ""],
  ])("%s", async (_, before, allowed) => {
    const { job } = await seedJob("weur", { tenantId: await makeTenant(allowed === "" ? null : ["weur", "apac"]) });
    await before();
    expect(await move(job, "enam")).toBe(0);
    expect(await jobRow(job.id)).toMatchObject({ region: "weur", run: 1 });
    expect(await audits(job.id)).toEqual([]);
    expect(await outboxRows(job.id)).toHaveLength(1);
  });
});

describe("a cancel", () => {
  test("that is under way keeps the job where it is", async () => {
    await abandoned("weur");
    const { job } = await waiting("weur");
    const outboxId = await requestCancel(env, job, now);
    expect(await move(job, "enam")).toBe(0);
    await watchRegions(env, now);
    expect((await jobRow(job.id)).run).toBe(1);
    if (outboxId === undefined) throw new Error("no cancel");
    await cancelInQueue(env, outboxId, job);
    expect(await jobRow(job.id)).toMatchObject({ state: "canceled", run: 1 });
    expect(await outboxRows(job.id)).toEqual([]);
  });

  test("of a moved job is a cancel of its new run", async () => {
    const { runnerOf } = await abandoned("weur");
    const { job } = await waiting("weur");
    await watchRegions(env, now);
    expect(await cancelJob(env, job.tenantId, job.id, now)).toMatchObject({ state: "canceled", run: 2 });
    expect(await leaseOver(runnerOf("enam"))).toEqual([]);
  });

  test("and a move at the same moment end with a cancelled job, whoever is first", async () => {
    const { runnerOf } = await abandoned("weur");
    for (let round = 0; round < 5; round++) {
      const { job } = await waiting("weur");
      const [canceled] = await Promise.all([
        cancelJob(env, job.tenantId, job.id, now).catch(() => undefined),
        watchRegions(env, now),
      ]);
      await sweepOutbox(env, now + limits.outboxGraceMs, log);
      await handleScheduled(env);
      if (canceled) expect(canceled.state).toBe("canceled");
      expect((await jobRow(job.id)).state).toBe("canceled");
    }
    expect(await leaseOver(runnerOf("enam"))).toEqual([]);
  });
});

test("who serves again gets new work, and what was moved stays where it is", async () => {
  const { runnerOf } = await abandoned("weur");
  const { job } = await waiting("weur");
  await watchRegions(env, now);
  now += 60_000;
  for (const region of regionIds) await seen(runnerOf(region), region, now);
  for (let look = 0; look < 3; look++) await watchRegions(env, now);
  expect(await jobRow(job.id)).toMatchObject({ region: "enam", run: 2 });
  now += limits.placementCacheMs;
  expect(await placeJob(env, settings, { tenantId: job.tenantId, assetRegion: "weur", now })).toBe("weur");
});

test("two regions that are both too slow do not hand a job to and fro", async () => {
  const { runnerOf } = await abandoned("apac");
  const { job } = await waiting("weur", ["weur", "enam"]);
  const runs: number[] = [];
  for (let look = 0; look < 6; look++) {
    now += settings.failoverWaitMs + 60_000;
    for (const region of regionIds) await seen(runnerOf(region), region, now);
    await watchRegions(env, now);
    runs.push((await jobRow(job.id)).run);
  }
  expect(Math.max(...runs)).toBe(2);
});

test("a job that no runner of its region can do leaves for one that can, and closes the region to nobody", async () => {
  const { runnerOf } = await abandoned("apac");
  const labelled = await waiting("weur", null, ["gpu"]);
  const impossible = await waiting("weur", null, ["nobody-has-it"]);
  now += settings.failoverWaitMs + 60_000;
  await seen(runnerOf("weur"), "weur", now);
  const able = await makeRunner("enam", ["gpu"]);
  await seen(able, "enam", now);
  await watchRegions(env, now);
  expect(await jobRow(labelled.job.id)).toMatchObject({ region: "enam", run: 2 });
  expect(await jobRow(impossible.job.id)).toMatchObject({ region: "weur", run: 1 });

  const states = new Map((await database.select().from(regionStates)).map((row) => [row.region, row]));
  expect(states.get("weur")).toMatchObject({ failedOverAt: null, liveRunners: 1 });
  now += limits.placementCacheMs;
  const other = await makeTenant();
  expect(await placeJob(env, settings, { tenantId: other, assetRegion: "weur", now })).toBe("weur");
  // Jobs of other regions may still come.
  const audit = auditOfSystem({ tenantId: other, action: "region.drain", resource: "enam" });
  const leaving = await waiting("enam");
  await drainRegion(env, settings, { region: "enam", reason: "r", audit: audit, now }, log);
  expect(await jobRow(leaving.job.id)).toMatchObject({ region: "weur", run: 2 });
});

describe("the next run of an ended job", () => {
  async function ended(region: RegionId) {
    const entry = await seedJob(region, { tenantId: await makeTenant() });
    await database.delete(outbox).where(eq(outbox.jobId, entry.job.id));
    await database.update(jobs).set({ state: "failed", finishedAt: now }).where(eq(jobs.id, entry.job.id));
    return entry;
  }
  const allow = (tenantId: string, allowedRegions: RegionId[]) =>
    database.update(tenants).set({ allowedRegions }).where(eq(tenants.id, tenantId));

  test("goes where its tenant may be now, not where it was", async () => {
    const { job } = await ended("weur");
    await allow(job.tenantId, ["apac"]);
    const { dispatch } = await retryJob(env, job.tenantId, job.id, now);
    expect(await jobRow(job.id)).toMatchObject({ state: "queued", run: 2, region: "apac", shard: "apac:0" });
    expect(dispatch).toHaveLength(1);
    for (const entry of dispatch) await dispatchJob(env, entry);
    const [task] = await leaseOver(await makeRunner("apac"));
    expect(task?.jobId).toBe(job.id);
  });

  test("goes past a drained region, also from the dead letters, and is refused where nothing else is left", async () => {
    const entries = [await ended("weur"), await ended("weur")];
    await database.insert(regionStates).values({ region: "weur", drainedAt: 1, lookedAt: 1 });
    const [free, bound] = entries.map(({ job }) => job);
    if (!free || !bound) throw new Error("no jobs");
    await allow(bound.tenantId, ["weur"]);
    const audit = (job: { tenantId: string; id: string }) =>
      auditOfSystem({ tenantId: job.tenantId, action: "dead_letter.replay", resource: job.id });
    const found = await Promise.all([bound, free].map(({ id }) => jobRow(id)));
    const selected = { tenantId: null, ids: found.map(({ id }) => id), found };
    const { outcomes } = await replayDeadLetters(env, selected, now, audit);
    expect(outcomes.items).toContainEqual({ id: bound.id, outcome: "refused", code: "region_unavailable" });
    expect(await jobRow(free.id)).toMatchObject({ state: "queued", run: 2, region: "enam", shard: "enam:0" });
    await expect(retryJob(env, bound.tenantId, bound.id, now)).rejects.toMatchObject({ code: "region_unavailable" });
    expect(await jobRow(bound.id)).toMatchObject({ state: "failed", run: 1 });
  });
});

/** This many that wait there too, with ids older than any other's. */
async function copiesOf(jobId: string, count: number) {
  const columns = Object.keys(getTableColumns(jobs));
  const copied = columns.map((name) => (name === "id" ? "printf('job_0%025d_weur', json_each.value)" : `jobs.${name}`));
  await env.DB.prepare(
    `INSERT INTO jobs (${columns.join(", ")}) SELECT ${copied.join(", ")} FROM jobs, json_each(?) WHERE jobs.id = ?`,
  )
    .bind(JSON.stringify(Array.from({ length: count }, (_, index) => index)), jobId)
    .run();
}

test("those that can go nowhere hide none of the others", async () => {
  await abandoned("weur");
  const bound = await seedJob("weur", { tenantId: await makeTenant(["weur"]) });
  await copiesOf(bound.job.id, 450);
  const { job } = await waiting("weur");
  await watchRegions(env, now);
  expect(await jobRow(job.id)).toMatchObject({ region: "enam" });
});

test("more of them than one look reads are passed by the next, which then begins anew", async () => {
  const { runnerOf } = await abandoned("weur");
  const tenantId = await makeTenant(["weur"]);
  const bound = await seedJob("weur", { tenantId });
  await copiesOf(bound.job.id, 5_100);
  const behind = await waiting("weur");
  await watchRegions(env, now);
  expect(await jobRow(behind.job.id)).toMatchObject({ region: "weur" });
  await seen(runnerOf("enam"), "enam", now);
  await watchRegions(env, now);
  expect(await jobRow(behind.job.id)).toMatchObject({ region: "enam" });
  // Now one at the head may leave: it is not forgotten because others were looked at after it.
  const [first] = await database.select().from(jobs).orderBy(asc(jobs.id)).limit(1);
  const free = await makeTenant();
  await database
    .update(jobs)
    .set({ tenantId: free })
    .where(eq(jobs.id, first?.id ?? ""));
  for (let looks = 0; looks < 2; looks++) await watchRegions(env, now);
  expect(await jobRow(first?.id ?? "")).toMatchObject({ region: "enam" });
});

test("however much tenants wrote into their jobs, all of them leave", async () => {
  await abandoned("weur");
  const metadata = Object.fromEntries(
    Array.from({ length: limits.metadataEntries }, (_, index) => [
      `key${index}`,
      "画".repeat(limits.metadataValueLength),
    ]),
  );
  const tenantId = await makeTenant();
  const jobIds: string[] = [];
  for (let count = 0; count < 40; count++) {
    const entry = await seedJob("weur", { tenantId });
    await database.update(jobs).set({ metadata }).where(eq(jobs.id, entry.job.id));
    await dispatchJob(env, entry);
    jobIds.push(entry.job.id);
  }
  const { watched, tooLong } = askedDatabase();
  await watchRegions(watched, now);
  expect(tooLong).toEqual([]);
  const rows = await Promise.all(jobIds.map(jobRow));
  expect(new Set(rows.map(({ region, run }) => `${region} ${run}`))).toEqual(new Set(["enam 2"]));
  expect((await eventsOf(jobIds[0] ?? "")).map(({ data }) => data.metadata)).toEqual([metadata]);
});

/** The move alone, as D1 takes it: what comes after it is lost. Answers how many jobs went. */
async function move(job: Awaited<ReturnType<typeof jobRow>>, to: RegionId): Promise<number> {
  const event = {
    id: await eventId(now, `${job.id}:moved`),
    tenantId: job.tenantId,
    type: "job.moved" as const,
    at: now,
    jobId: job.id,
    data: { jobId: job.id, region: to },
  };
  const moves = [{ job, to, shard: `${to}:0` as const, storageRoot: `${job.storageRoot}0`, event }];
  const { jobIds } = await insertMoves(env, moves, { reason: "no_runners", now, outputsEndAt: now });
  return jobIds.size;
}
