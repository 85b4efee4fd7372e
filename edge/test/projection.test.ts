import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { JobStatus } from "@reelway/shared/contracts/job";
import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import { liveStatus } from "../src/channel/current-status.ts";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { channelStub } from "../src/objects/job-channel-stub.ts";
import { queueStub } from "../src/objects/region-queue-stub.ts";
import { applyEvents, inRounds } from "../src/projection/apply-events.ts";
import { projectShard } from "../src/projection/project.ts";
import { askedDatabase } from "./support/asked-database.ts";
import { call, jobRow, leaseOver, makeKey, makeRunner, queueOf, seedJob } from "./support/fleet.ts";
import { queueEventsAfter } from "./support/queue-events.ts";
import { fill } from "./support/shards.ts";

let shards = 100;
/** A shard of the test's own, so that its sequence starts at 1. */
const newShard = (): ShardName => `enam:${shards++}`;

const eventOf = queueEventsAfter(1_000);
const result = JSON.stringify({ outputs: [], prefix: "t/a/" });

test("a job's events become its row, several of one job in one batch too", async () => {
  const { job } = await seedJob("enam");
  const error = { code: "runner_lost", message: "gone" } as const;
  await applyEvents(env, newShard(), [
    eventOf(job, 1, "job.started"),
    eventOf(job, 2, "job.requeued", { error }),
    eventOf(job, 3, "job.started", { attempt: 2 }),
    eventOf(job, 4, "job.succeeded", { attempt: 2, result }),
  ]);
  expect(await jobRow(job.id)).toMatchObject({
    state: "succeeded",
    attempt: 2,
    error: null,
    manifest: { outputs: [], prefix: "t/a/" },
    startedAt: 1_001,
    finishedAt: 1_004,
    updatedAt: 1_004,
  });
});

test("a failure keeps its reason", async () => {
  const { job } = await seedJob("enam");
  const error = { code: "input_unreadable", message: "moov atom 'not' found" } as const;
  await applyEvents(env, newShard(), [eventOf(job, 1, "job.started"), eventOf(job, 2, "job.failed", { error })]);
  expect(await jobRow(job.id)).toMatchObject({ state: "failed", error, manifest: null, finishedAt: 1_002 });
});

test("events that come again, at once or late, are applied once", async () => {
  const { job } = await seedJob("enam");
  const shard = newShard();
  const started = [eventOf(job, 1, "job.started")];
  const both = [...started, eventOf(job, 2, "job.requeued")];
  const applied = await Promise.all([applyEvents(env, shard, both), applyEvents(env, shard, both)]);
  expect(applied.map(({ fresh }) => fresh.length).sort()).toEqual([0, 2]);
  // The late one would be a legal move: only the cursor stands against it.
  expect((await applyEvents(env, shard, started)).fresh).toEqual([]);
  expect(await jobRow(job.id)).toMatchObject({ state: "queued", updatedAt: 1_002 });
});

test("of two looks that overlap, each event is fresh to one", async () => {
  const { job } = await seedJob("enam");
  const shard = newShard();
  const [started, requeued] = [eventOf(job, 1, "job.started"), eventOf(job, 2, "job.requeued")];
  expect((await applyEvents(env, shard, [started])).fresh).toEqual([started]);
  expect((await applyEvents(env, shard, [started, requeued])).fresh).toEqual([requeued]);
});

test("an earlier run's events don't touch the next run, and no move is made that is not legal", async () => {
  const { job } = await seedJob("enam");
  await env.DB.prepare("UPDATE jobs SET run = 2 WHERE id = ?").bind(job.id).run();
  const shard = newShard();
  await applyEvents(env, shard, [eventOf(job, 1, "job.canceled")]);
  expect((await jobRow(job.id)).state).toBe("queued");
  // From queued there is no way to succeeded.
  await applyEvents(env, shard, [eventOf(job, 2, "job.succeeded", { run: 2, result })]);
  expect((await jobRow(job.id)).state).toBe("queued");
});

test("each job's events stay in their order when they are dealt into rounds", async () => {
  const [a, b] = [(await seedJob("enam")).job, (await seedJob("enam")).job];
  const events = [eventOf(a, 1, "job.started"), eventOf(a, 2, "job.failed"), eventOf(b, 3, "job.started")];
  expect(inRounds(events).map((round) => round.map(({ sequence }) => sequence))).toEqual([[1, 3], [2]]);
});

test("a crash between D1 and the acknowledgement repeats the projection, and changes nothing", async () => {
  const entry = await seedJob("apac");
  await dispatchJob(env, entry);
  const runner = await makeRunner("apac");
  const queue = queueOf("apac");
  await queue.lease({
    runnerId: runner.id,
    capabilities: ["kind:probe"],
    slots: 1,
    draining: false,
    version: "1",
    max: 1,
    waitMs: 0,
    waitId: "",
  });

  const { events } = await queue.events();
  await applyEvents(env, "apac:0", events);
  expect((await queue.events()).events).toEqual(events);

  await projectShard(env, "apac:0");
  expect((await queue.events()).events).toEqual([]);
  expect(await jobRow(entry.job.id)).toMatchObject({ state: "running", attempt: 1 });
});

test("what nobody acknowledged is rung for by the alarm, and the ring projects it", async () => {
  const entry = await seedJob("weur");
  await dispatchJob(env, entry);
  const runner = await makeRunner("weur");
  await queueOf("weur").lease({
    runnerId: runner.id,
    capabilities: ["kind:probe"],
    slots: 1,
    draining: false,
    version: "1",
    max: 1,
    waitMs: 0,
    waitId: "",
  });
  // No Worker projects here: the alarm that the lease has set rings over the real Queue.
  expect(await runInDurableObject(queueOf("weur"), (_, { storage }) => storage.getAlarm())).not.toBeNull();
  await expect.poll(async () => (await jobRow(entry.job.id)).state, { timeout: 60_000 }).toBe("running");
  await expect.poll(async () => (await queueOf("weur").counts()).unacknowledgedEvents).toBe(0);
});

test("every region is projected by its own cursor", async () => {
  for (const region of ["enam", "weur", "apac"] as const) {
    const entry = await seedJob(region);
    await dispatchJob(env, entry);
    await leaseOver(await makeRunner(region));
    await projectShard(env, `${region}:0`);
    expect(await jobRow(entry.job.id)).toMatchObject({ state: "running", region });
  }
});

test("the channel of a job that nobody watches is left asleep, and its status is still that of the row", async () => {
  const { job } = await seedJob("enam");
  const { toAnnounce } = await applyEvents(env, newShard(), [eventOf(job, 1, "job.started")]);
  expect(toAnnounce).toEqual(new Set());
  expect(await liveStatus(env, await jobRow(job.id))).toMatchObject({ state: "running", stage: "downloading" });
});

test("an attempt that came back is announced, watched or not: reports of its lease then come too late", async () => {
  const { job } = await seedJob("enam");
  const shard = newShard();
  const started = await applyEvents(env, shard, [eventOf(job, 1, "job.started")]);
  const requeued = await applyEvents(env, shard, [eventOf(job, 2, "job.requeued")]);
  const again = await applyEvents(env, shard, [eventOf(job, 3, "job.started", { attempt: 2 })]);
  expect([started, requeued, again].map(({ toAnnounce }) => toAnnounce.has(job.id))).toEqual([false, true, true]);
});

test("a channel that was told less than the row knows does not speak for the job", async () => {
  const { job } = await seedJob("enam");
  const figures = { fps: 25, speed: 1, etaSeconds: 9, message: "" };
  const report = { sequence: 1, stage: "processing", percent: 40, ...figures } as const;
  await channelStub(env, job.id).publishReport({ jobId: job.id, run: 1, attempt: 1, leasedAt: 1, report });
  expect(await liveStatus(env, await jobRow(job.id))).toMatchObject({ percent: 40 });
  const later = { at: Date.now() + 60_000 };
  const shard = newShard();
  await applyEvents(env, shard, [eventOf(job, 1, "job.started"), eventOf(job, 2, "job.requeued", later)]);
  expect(await liveStatus(env, await jobRow(job.id))).toMatchObject({ state: "queued", percent: 0 });
});

test("whoever opens the stream of a job is told of its end", async () => {
  const { tenantId, authorization } = await makeKey();
  const entry = await seedJob("apac", { tenantId });
  await dispatchJob(env, entry);
  const { webSocket } = await call("GET", `/jobs/${entry.job.id}/events`, authorization, undefined, {
    upgrade: "websocket",
  });
  const frames: JobStatus[] = [];
  webSocket?.addEventListener("message", ({ data }) => {
    frames.push(JobStatus.parse(JSON.parse(String(data))));
  });
  webSocket?.accept();
  const { tenantId: tenant, id: jobId, run } = entry.job;
  await queueOf("apac").cancel({ jobId, tenantId: tenant, run });
  await projectShard(env, "apac:0");
  await expect.poll(() => frames.map(({ state }) => state)).toEqual(["queued", "canceled"]);
});

test("the pull that follows acknowledges the one before", async () => {
  const entry = await seedJob("weur");
  await dispatchJob(env, entry);
  await leaseOver(await makeRunner("weur"));
  await projectShard(env, "weur:0");
  const { id: jobId, tenantId, run } = entry.job;
  await queueOf("weur").cancel({ jobId, tenantId, run });
  const { events } = await queueOf("weur").events();
  const last = events.at(-1)?.sequence ?? 0;
  expect(events.map(({ type }) => type)).toEqual(["job.canceled"]);
  expect(await queueOf("weur").events(last - 1)).toEqual({ events, more: false });
  expect(await queueOf("weur").events(last)).toEqual({ events: [], more: false });
  expect((await queueOf("weur").counts()).unacknowledgedEvents).toBe(0);
});

test("log tails and commands as long as they may be, in any script, hold up no projection", async () => {
  const shard = newShard();
  const jobIds = await fill(shard, limits.eventsPerPull);
  const queue = queueStub(env, shard);
  const runner = { runnerId: "run_talkative", capabilities: ["kind:probe"], slots: jobIds.length, version: "1" };
  const tasks = await queue.lease({ ...runner, draining: false, max: jobIds.length, waitMs: 0, waitId: "w" });
  expect(tasks).toHaveLength(jobIds.length);
  const command = `ffmpeg '${"動".repeat(limits.commandLength)}`.slice(0, limits.commandLength - 1).concat("'");
  const program = { name: "ffmpeg", version: "7.1", command } as const;
  const error = {
    code: "input_unreadable",
    message: "no",
    logTail: "動".repeat(limits.logTailLength),
    program,
  } as const;
  for (const { taskId, epoch } of tasks)
    await queue.fail({ taskId, epoch, runnerId: runner.runnerId, error, retryable: false });

  const { watched, tooLong } = askedDatabase();
  const pages: number[] = [];
  for (let after = jobIds.length, more = true; more; ) {
    const page = await queue.eventsAfter(after);
    await applyEvents(watched, shard, page.events, { acrossGap: true });
    pages.push(page.events.length);
    after = page.events.at(-1)?.sequence ?? 0;
    more = page.more;
  }
  expect(tooLong).toEqual([]);
  expect(pages.reduce((sum, length) => sum + length)).toBe(jobIds.length);
});
