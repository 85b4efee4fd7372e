import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Breakers } from "@reelway/shared/contracts/breaker";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { newId, newRegionalId } from "@reelway/shared/ids";
import { expect, test } from "vitest";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { listen } from "./support/doorbell.ts";
import { call, codeOf, makeKey, makeRunner, queueOf } from "./support/fleet.ts";

type Queue = DurableObjectStub<RegionQueue>;
let objects = 0;
const newQueue = (): Queue => env.REGION_QUEUE.getByName(`breakers:${objects++}`);
const tenant = newId("ten");
const asks = (runnerId: string, more = {}) => ({
  runnerId,
  capabilities: ["kind:transcode"],
  slots: 4,
  draining: false,
  version: "1",
  max: 1,
  waitMs: 0,
  waitId: crypto.randomUUID(),
  ...more,
});

async function enqueue(queue: Queue, recipe: string, tenantId = tenant) {
  const jobId = newRegionalId("job", "enam");
  const taskId = `${jobId.replace("job_", "tsk_")}_0`;
  const tasks = [{ taskId, needs: ["kind:transcode"], recipe, payload: "{}" }];
  await queue.enqueue({ jobId, tenantId, run: 1, priority: 50, startAt: null, tasks });
  return { jobId, taskId };
}

/** A runner that reports this failure for whatever it is given. */
async function failOne(queue: Queue, runnerId: string, code: ErrorCode = "encode_failed") {
  const [task] = await queue.lease(asks(runnerId));
  if (!task) throw new Error("nothing to lease");
  const error = { code, message: "ffmpeg ended with 1" };
  await queue.fail({ taskId: task.taskId, epoch: task.epoch, runnerId, error, retryable: false });
  return task;
}

async function completeOne(queue: Queue, runnerId: string) {
  const [task] = await queue.lease(asks(runnerId));
  if (!task) throw new Error("nothing to lease");
  await queue.complete({ taskId: task.taskId, epoch: task.epoch, runnerId, result: "{}" });
  return task;
}

/** The pause of a breaker ends now. */
const endPause = (queue: Queue, key: string) =>
  runInDurableObject(queue, (_, { storage }) => {
    storage.sql.exec("UPDATE breakers SET retry_at = 1 WHERE key = ?", key);
  });
const stateOf = async (queue: Queue) =>
  Object.fromEntries((await queue.pausedBreakers()).map(({ key, state }) => [key, state]));

test("a preset that always fails is leased no more, while another of the same tenant flows; then it is tried again", async () => {
  const queue = newQueue();
  const runner = newRegionalId("run", "enam");
  const key = `preset:bad@1:${tenant}`;
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, "bad@1");
    await failOne(queue, runner);
  }
  expect(await stateOf(queue)).toEqual({ [key]: "open" });
  const waiting = [await enqueue(queue, "bad@1"), await enqueue(queue, "bad@1")];
  const good = await enqueue(queue, "good@1");
  expect((await completeOne(queue, runner)).taskId).toBe(good.taskId);
  expect(await queue.lease(asks(runner))).toEqual([]);
  expect(await queue.counts()).toMatchObject({ ready: 2, leased: 0 });

  // The alarm is armed for the end of the pause, and somebody who waits is given the trial by it: one task.
  const armed = await runInDurableObject(queue, async (_, { storage }) => storage.getAlarm());
  expect(armed).not.toBeNull();
  const longPoll = queue.lease(asks(runner, { waitMs: 10_000, max: 4 }));
  await queue.ping();
  await endPause(queue, key);
  expect(await runDurableObjectAlarm(queue)).toBe(true);
  const trial = await longPoll;
  expect(trial).toHaveLength(1);
  expect(await stateOf(queue)).toEqual({ [key]: "half_open" });
  expect(await queue.lease(asks(runner))).toEqual([]);

  const [task] = trial;
  if (!task) throw new Error("no trial");
  await queue.complete({ taskId: task.taskId, epoch: task.epoch, runnerId: runner, result: "{}" });
  expect(await stateOf(queue)).toEqual({});
  const next = await completeOne(queue, runner);
  expect([task.taskId, next.taskId].sort()).toEqual(waiting.map(({ taskId }) => taskId).sort());
});

test("a runner whose every attempt fails is paused, while another works", async () => {
  const queue = newQueue();
  const [broken, sound] = [newRegionalId("run", "enam"), newRegionalId("run", "enam")];
  await queue.lease(asks(sound));
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, `p${job % 2}@1`, newId("ten"));
    await failOne(queue, broken, "runner_error");
  }
  expect(await stateOf(queue)).toEqual({ [`runner:${broken}`]: "open" });
  const { taskId } = await enqueue(queue, "p0@1");
  expect(await queue.lease(asks(broken))).toEqual([]);
  const beat = (runnerId: string) => queue.heartbeat({ ...asks(runnerId), leases: [] });
  const [breaker] = await queue.pausedBreakers();
  expect((await beat(broken)).paused).toEqual({ until: breaker?.retryAt, lastCode: "runner_error" });
  expect((await beat(sound)).paused).toBeNull();
  expect((await completeOne(queue, sound)).taskId).toBe(taskId);
});

test("the doorbell never rings at a paused runner, but at one that may have the work; on trial it rings for one task", async () => {
  const queue = newQueue();
  const [broken, sound] = [newRegionalId("run", "enam"), newRegionalId("run", "enam")];
  await queue.lease(asks(sound));
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, `p${job % 2}@1`, newId("ten"));
    await failOne(queue, broken, "runner_error");
  }
  const [atBroken, atSound] = [await listen(queue, broken), await listen(queue, sound)];
  for (let job = 1; job <= 4; job++) {
    await enqueue(queue, "p0@1");
    await expect.poll(() => atSound.length).toBe(job);
  }
  // The other's four slots are spoken for: who is paused is no substitute.
  await enqueue(queue, "p0@1");
  await queue.ping();
  expect(atBroken).toEqual([]);

  await endPause(queue, `runner:${broken}`);
  expect(await runDurableObjectAlarm(queue)).toBe(true);
  await enqueue(queue, "p0@1");
  const rings = () => atBroken.length + atSound.length;
  const before = rings();
  for (let job = 0; job < 8; job++) await enqueue(queue, "p0@1");
  await expect.poll(() => atBroken.length).toBe(1);
  expect(rings()).toBeLessThanOrEqual(before + 5);
});

test("a trial that went well lets those who wait have the rest at once; one that proved nothing, the next task", async () => {
  const queue = newQueue();
  const [runner, idle] = [newRegionalId("run", "enam"), newRegionalId("run", "enam")];
  const key = `preset:bad@1:${tenant}`;
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, "bad@1");
    await failOne(queue, runner);
  }
  for (let job = 0; job < 3; job++) await enqueue(queue, "bad@1");
  await endPause(queue, key);
  expect(await runDurableObjectAlarm(queue)).toBe(true);
  const [first] = await queue.lease(asks(runner));
  if (!first) throw new Error("no trial");
  const waiting = queue.lease(asks(idle, { waitMs: 10_000, max: 4 }));
  await queue.ping();
  await queue.release({ taskId: first.taskId, epoch: first.epoch, runnerId: runner, delayMs: 60_000 });
  const [second, ...more] = await waiting;
  if (!second) throw new Error("no second trial");
  expect([more, await stateOf(queue)]).toEqual([[], { [key]: "half_open" }]);

  const waitingOn = queue.lease(asks(runner, { waitMs: 10_000, max: 4 }));
  await queue.ping();
  await queue.complete({ taskId: second.taskId, epoch: second.epoch, runnerId: idle, result: "{}" });
  expect(await waitingOn).toHaveLength(1);
  expect(await stateOf(queue)).toEqual({});
});

test("what a pause keeps waiting does not make its region look overdue", async () => {
  const queue = newQueue();
  const runner = newRegionalId("run", "enam");
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, "bad@1");
    await failOne(queue, runner);
  }
  const age = (taskId: string) =>
    runInDurableObject(queue, (_, { storage }) => {
      storage.sql.exec("UPDATE tasks SET ready_at = 1 WHERE task_id = ?", taskId);
    });
  await age((await enqueue(queue, "bad@1")).taskId);
  expect((await queue.standing()).ready).toEqual([]);
  await age((await enqueue(queue, "good@1")).taskId);
  expect((await queue.standing()).ready).toEqual([{ needs: "kind:transcode", oldestReadyAt: 1 }]);
});

test("a tenant of junk is slowed after twenty jobs, and delays no other", async () => {
  const queue = newQueue();
  const runner = newRegionalId("run", "enam");
  const junk = newId("ten");
  for (let job = 0; job < 20; job++) {
    await enqueue(queue, `p${job % 7}@1`, junk);
    await failOne(queue, runner, "input_unreadable");
  }
  expect(await stateOf(queue)).toEqual({ [`tenant:${junk}`]: "open" });
  for (let job = 0; job < 3; job++) await enqueue(queue, "p@1", junk);
  const { taskId } = await enqueue(queue, "p@1");
  const given = await queue.lease(asks(runner, { max: 4 }));
  expect(given.map((task) => task.taskId)).toEqual([taskId]);
});

test("pauses outlive the object", async () => {
  const queue = newQueue();
  const runner = newRegionalId("run", "enam");
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, "bad@1");
    await failOne(queue, runner);
  }
  const before = await queue.pausedBreakers();
  await evictDurableObject(queue);
  expect(await queue.pausedBreakers()).toEqual(before);
  expect(before).toHaveLength(1);
});

test("operators see who is paused, and let them go on: audited, by nobody else", async () => {
  const queue = queueOf("apac");
  const runner = await makeRunner("apac");
  const admin = await makeKey("admin", true);
  for (let job = 0; job < 5; job++) {
    await enqueue(queue, "bad@1");
    await failOne(queue, runner.id);
  }
  await enqueue(queue, "bad@1");
  const key = `preset:bad@1:${tenant}`;
  const { items, unreachable } = Breakers.parse(await (await call("GET", "/breakers", admin.authorization)).json());
  expect(unreachable).toEqual([]);
  expect(items).toMatchObject([
    { key, party: "preset", region: "apac", shard: 0, state: "open", preset: "bad@1", tenantId: tenant, openings: 1 },
  ]);
  expect(items[0]?.failedJobs).toHaveLength(5);

  const stranger = await makeKey("admin");
  const path = `/breakers/${encodeURIComponent(key)}/reset`;
  expect((await call("GET", "/breakers", stranger.authorization)).status).toBe(403);
  expect((await call("POST", path, stranger.authorization)).status).toBe(403);
  expect(await stateOf(queue)).toEqual({ [key]: "open" });

  const longPoll = queue.lease(asks(runner.id, { waitMs: 10_000 }));
  await queue.ping();
  const reset = await call("POST", path, admin.authorization);
  expect([reset.status, await reset.json()]).toEqual([200, { key, shards: ["apac:0"], unreachable: [] }]);
  expect(await longPoll).toHaveLength(1);
  const again = await call("POST", path, admin.authorization);
  expect([again.status, await codeOf(again)]).toEqual([404, "not_found"]);
  expect((await call("POST", "/breakers/nobody/reset", admin.authorization)).status).toBe(404);
  const audited = await env.DB.prepare("SELECT tenantId, resource, detail FROM audit_log WHERE action = ?")
    .bind("breaker.reset")
    .all();
  expect(audited.results).toEqual([{ tenantId: admin.tenantId, resource: key, detail: '{"shards":["apac:0"]}' }]);
});
