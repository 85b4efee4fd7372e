import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { JobWaiting } from "@reelway/shared/contracts/waiting";
import type { RegionId } from "@reelway/shared/regions";
import { beforeEach, expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { forgetRegionStates } from "../src/regions/placement-rules.ts";
import { reasonOf } from "../src/waiting/reason.ts";
import { call, callLease, leaseOver, makeKey, makeRunner, queueOf, seedJob } from "./support/fleet.ts";

const region: RegionId = "weur";

/** Each test has its region's queue for itself. */
beforeEach(() =>
  runInDurableObject(queueOf(region), (_, { storage }) => {
    for (const table of ["tasks", "jobs", "runners", "breakers"]) storage.sql.exec(`DELETE FROM ${table}`);
  }),
);

async function newJob(more: { runnerLabels?: string[] } = {}, startAt: number | null = null) {
  const key = await makeKey("member");
  const entry = await seedJob(region, { tenantId: key.tenantId, ...more });
  await env.DB.prepare("UPDATE jobs SET startAt = ? WHERE id = ?").bind(startAt, entry.job.id).run();
  const dispatch = () => dispatchJob(env, { ...entry, job: { ...entry.job, startAt } });
  const why = async () => {
    const response = await call("GET", `/jobs/${entry.job.id}/waiting`, key.authorization);
    expect(response.status).toBe(200);
    return JobWaiting.parse(await response.json());
  };
  return { ...entry, key, dispatch, why };
}
async function online(capabilities = ["kind:probe"], slots = 1, labels: string[] = []) {
  const runner = await makeRunner(region, labels);
  const lease = (max = 1) => leaseOver(runner, { capabilities, slots }, max);
  return { runner, lease, id: runner.id };
}

test("before its queue knows it, it is being dispatched; then no runner is online", async () => {
  const { dispatch, why } = await newJob();
  expect(await why()).toMatchObject({ reason: "dispatching", place: null });
  await dispatch();
  expect(await why()).toMatchObject({ reason: "no_runner", region, state: "queued" });
  expect((await why()).deadlineAt).toBeGreaterThan(Date.now());
});

test("its region is drained, and nobody is left there", async () => {
  const { dispatch, why } = await newJob();
  await dispatch();
  await env.DB.prepare(
    "INSERT INTO region_states (region, drainedAt, drainReason, lookedAt) VALUES (?, 1, 'a move', 1)",
  )
    .bind(region)
    .run();
  forgetRegionStates();
  expect(await why()).toMatchObject({ reason: "region_drained", message: expect.stringContaining("a move") });
  await (await online()).lease();
  expect(await why()).toMatchObject({ reason: "not_waiting" });
  await env.DB.prepare("DELETE FROM region_states").run();
  forgetRegionStates();
});

test("its source is still being fetched", async () => {
  const { why, job } = await newJob();
  await env.DB.prepare("UPDATE jobs SET awaitsSource = 1 WHERE id = ?").bind(job.id).run();
  expect(await why()).toMatchObject({ reason: "source_pending" });
});

test("its start lies ahead", async () => {
  const startAt = Date.now() + 3_600_000;
  const { dispatch, why } = await newJob({}, startAt);
  await dispatch();
  expect(await why()).toMatchObject({ reason: "start_delayed", until: startAt, lastCode: null });
});

test("what no runner has is named: the label, not what there is", async () => {
  const { dispatch, why } = await newJob({ runnerLabels: ["gpu"] });
  await dispatch();
  await (await online()).lease();
  expect(await why()).toMatchObject({
    reason: "no_capable_runner",
    missing: ["label:gpu"],
    message: "No runner that is online has label:gpu",
  });
});

test("a runner that has started may be able to, and does not know yet", async () => {
  const { dispatch, why } = await newJob({ runnerLabels: ["gpu"] });
  await dispatch();
  const proving = { capabilities: ["proving"], draining: true };
  await leaseOver(await makeRunner(region), proving);
  expect(await why()).toMatchObject({ reason: "no_capable_runner", missing: expect.arrayContaining(["label:gpu"]) });
  await leaseOver(await makeRunner(region, ["gpu"]), proving);
  expect(await why()).toMatchObject({ reason: "runners_proving", missing: [] });
});

test("what a task turned out to need is named, once its runner handed it on for that", async () => {
  const { dispatch, why } = await newJob();
  await dispatch();
  const { runner, lease } = await online();
  const [task] = await lease();
  if (!task) throw new Error("nothing was leased");
  const needs = ["hardware:h265.4k.10bit.x3"];
  const odd = await callLease(runner, "release", task.leaseToken, { reason: "unfit", needs: ["label:mine"] });
  expect(odd.status).toBe(422);
  expect((await callLease(runner, "release", task.leaseToken, { reason: "unfit", needs })).status).toBe(200);
  await expect.poll(why, { timeout: 10_000 }).toMatchObject({
    ...{ reason: "no_capable_runner", missing: needs, lastCode: null },
    message: "No runner that is online has a device that encodes H.265 in 4K with 10 bits, 3 pictures at once",
  });
  expect(await lease()).toEqual([]);
  const able = await online(["kind:probe", "hardware:h265.4k.10bit.x8"]);
  expect(await able.lease()).toMatchObject([{ taskId: task.taskId, attempt: 1, epoch: 2 }]);
});

test("an attempt has failed, and the next one follows: when, and why", async () => {
  const { dispatch, why } = await newJob();
  await dispatch();
  const { runner, lease } = await online();
  const [task] = await lease();
  if (!task) throw new Error("nothing was leased");
  expect(await why()).toMatchObject({ reason: "not_waiting" });
  await callLease(runner, "fail", task.leaseToken, { error: { code: "encode_failed", message: "x" } });
  const waiting = await why();
  expect(waiting).toMatchObject({ reason: "backoff", lastCode: "encode_failed" });
  expect(waiting.until).toBeGreaterThan(Date.now() - 1_000);
});

test("all runners are busy: its place, and when it starts by what such work took lately", async () => {
  const jobs = [await newJob(), await newJob(), await newJob()];
  for (const { dispatch } of jobs) await dispatch();
  const { lease } = await online();
  const busyWith = await lease();
  const last = jobs.filter(({ job }) => job.id !== busyWith[0]?.jobId);
  const places = await Promise.all(last.map(async ({ why }) => why()));
  for (const each of places) expect(each).toMatchObject({ reason: "runners_busy", etaAt: null });
  // Two tenants with a task each: either may be next, and the other is counted before it.
  expect(places.map(({ place }) => place)).toEqual([2, 2]);

  await runInDurableObject(queueOf(region), (_, { storage }) => {
    const attempts = JSON.stringify([
      { attempt: 1, runnerId: "r", startedAt: 0, endedAt: 60_000, outcome: "completed" },
    ]);
    storage.sql.exec(
      `INSERT INTO tasks (task_id, job_id, tenant_id, state, needs, rank, priority, ready_at, queue_deadline_at, attempt,
        max_retries, epoch, outage_renewed, payload, attempts)
        VALUES ('tsk_done', 'done', 'ten', 'done', '', 0, 0, 0, 0, 1, 3, 1, 0, '{}', ?)`,
      attempts,
    );
    storage.sql.exec(
      `INSERT INTO jobs (job_id, tenant_id, run, state, open_tasks, running, ended_at, last_event_sequence)
       VALUES ('done', 'ten', 1, 'succeeded', 0, 0, 60000, 0)`,
    );
  });
  const before = Date.now();
  const eta = (await last[0]?.why())?.etaAt ?? 0;
  expect(eta - before).toBeGreaterThanOrEqual(2 * 60_000);
  expect(eta - before).toBeLessThan(2 * 60_000 + 10_000);
});

test("with many shards, those that go before it in its own stand for as many in each", () => {
  const task = {
    state: "ready",
    needs: [],
    readyAt: 0,
    queueDeadlineAt: 9,
    lastAttempt: null,
    pausedBy: null,
    fullShare: null,
  } as const;
  const runner = { runnerId: "r", capabilities: [], slots: 4, draining: false, version: "1", lastSeenAt: 0 };
  const reasonFor = (ahead: number, activeTasks: number) =>
    reasonOf({
      now: 1_000,
      awaitsSource: false,
      task: { ...task, pausedRunners: [], ahead, typicalMs: 800 },
      runners: [{ ...runner, activeTasks }],
      shards: 3,
      drainReason: null,
    });
  expect(reasonFor(1, 4)).toMatchObject({ reason: "runners_busy", place: 4, etaAt: 1_800 });
  expect(reasonFor(1, 1)).toMatchObject({ reason: "runners_busy", place: 4 });
  expect(reasonFor(1, 0)).toMatchObject({ reason: "next", place: 4 });
});

test("a runner is free: it is next", async () => {
  const { lease } = await online(["kind:probe"], 2);
  await lease();
  const { dispatch, why } = await newJob();
  await dispatch();
  expect(await why()).toMatchObject({ reason: "next", place: 1 });
});

test("it is paused: its tenant's recipe, until when, after what", async () => {
  const { lease } = await online();
  await lease();
  const { dispatch, why, key } = await newJob();
  await dispatch();
  const until = Date.now() + 50_000;
  const pause = (breaker: string) =>
    runInDurableObject(queueOf(region), (_, { storage }) => {
      storage.sql.exec("DELETE FROM breakers");
      storage.sql.exec(
        "INSERT INTO breakers VALUES (?, 'open', '[]', 1, 'encode_failed', 1, 1, ?, NULL, NULL)",
        breaker,
        until,
      );
    });
  await pause(`preset:probe:${key.tenantId}`);
  expect(await why()).toMatchObject({ reason: "paused", until, lastCode: "encode_failed" });
  await pause("preset:probe:ten_another");
  expect(await why()).toMatchObject({ reason: "next" });
});

test("every runner that could do it is paused: said without their names", async () => {
  const { lease, id } = await online();
  await lease();
  const { dispatch, why } = await newJob();
  await dispatch();
  const until = Date.now() + 50_000;
  await runInDurableObject(queueOf(region), (_, { storage }) => {
    const values = "(?, 'open', '[]', 1, 'runner_error', 1, 1, ?, NULL, NULL)";
    storage.sql.exec(`INSERT INTO breakers VALUES ${values}`, `runner:${id}`, until);
  });
  const waiting = await why();
  expect(waiting).toMatchObject({ reason: "paused", until, lastCode: "runner_error" });
  expect(JSON.stringify(waiting)).not.toContain(id);
});

test("another tenant's job waits for nobody: it is not there", async () => {
  const { dispatch, job } = await newJob();
  await dispatch();
  const stranger = await makeKey("admin", true);
  expect((await call("GET", `/jobs/${job.id}/waiting`, stranger.authorization)).status).toBe(404);
});

test("what has ended is not waiting", async () => {
  const { dispatch, why, key, job } = await newJob();
  await dispatch();
  await call("POST", `/jobs/${job.id}/cancel`, key.authorization);
  expect(await why()).toMatchObject({ reason: "not_waiting", state: "canceled", message: "It is canceled" });
});
