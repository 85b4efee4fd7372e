import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newId, newRegionalId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { expect, test } from "vitest";
import type { LeaseCall } from "../src/objects/lease-waiters.ts";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { connectBell } from "./support/doorbell.ts";

type Queue = DurableObjectStub<RegionQueue>;
let objects = 0;
/** No shard's name: its events are projected by nobody while a test looks at them. */
const newQueue = (): Queue => env.REGION_QUEUE.getByName(`alone:${objects++}`);
const newRunner = () => newRegionalId("run", "enam");

const self = (runnerId: string, slots = 1) => ({
  runnerId,
  capabilities: ["kind:probe", "label:a"],
  slots,
  draining: false,
  version: "1",
});
type Asked = Partial<Pick<LeaseCall, "slots" | "max" | "waitMs" | "waitId" | "delivering" | "taken">>;
const asks = (runnerId: string, more: Asked = {}) => ({
  ...self(runnerId, more.slots),
  max: 1,
  waitMs: 0,
  waitId: "wait",
  ...more,
  slots: more.slots ?? 1,
});

async function enqueue(queue: Queue, needs = ["kind:probe"], jobId = newRegionalId("job", "enam"), run = 1) {
  const taskId = `${jobId.replace("job_", "tsk_")}_0`;
  const reply = await queue.enqueue({
    jobId,
    tenantId: newId("ten"),
    run,
    priority: 50,
    startAt: null,
    tasks: [{ taskId, needs, payload: "{}" }],
  });
  return { jobId, taskId, reply };
}

async function expire(queue: Queue, taskId: string) {
  await runInDurableObject(queue, (_, { storage }) => {
    const past = Date.now() - 1;
    storage.sql.exec("UPDATE tasks SET lease_expires_at = ?, due_at = ? WHERE task_id = ?", past, past, taskId);
  });
}

test("a batch never goes beyond the runner's slots, counted from its live leases", async () => {
  const queue = newQueue();
  for (let i = 0; i < 5; i++) await enqueue(queue);
  const runner = newRunner();
  expect(await queue.lease(asks(runner, { slots: 3, max: 2 }))).toHaveLength(2);
  expect(await queue.lease(asks(runner, { slots: 3, max: 5 }))).toHaveLength(1);
  expect(await queue.lease(asks(runner, { slots: 3, max: 5 }))).toHaveLength(0);
  expect(await queue.counts()).toMatchObject({ ready: 2, leased: 3 });
});

test("who waits is given new work in the moment it comes, first come first served, and only what fits", async () => {
  const queue = newQueue();
  const [first, second] = [newRunner(), newRunner()];
  const unfit = queue.lease({
    ...asks(newRunner(), { waitMs: 50, waitId: "unfit" }),
    capabilities: ["kind:transcode"],
  });
  const waitingFirst = queue.lease(asks(first, { waitMs: 5_000, waitId: "first" }));
  await queue.ping();
  const waitingSecond = queue.lease(asks(second, { waitMs: 5_000, waitId: "second" }));
  await queue.ping();
  const [a, b] = [await enqueue(queue), await enqueue(queue)];
  expect((await waitingFirst).map(({ taskId, runnerId }) => [taskId, runnerId])).toEqual([[a.taskId, first]]);
  expect((await waitingSecond).map(({ taskId, runnerId }) => [taskId, runnerId])).toEqual([[b.taskId, second]]);
  expect(await unfit).toEqual([]);
});

test("a wait that was called off is given nothing", async () => {
  const queue = newQueue();
  const waiting = queue.lease(asks(newRunner(), { waitMs: 5_000, waitId: "gone" }));
  await queue.ping();
  await queue.stopWaiting("gone");
  expect(await waiting).toEqual([]);
  await enqueue(queue);
  expect(await queue.counts()).toMatchObject({ ready: 1, leased: 0 });
});

test("the doorbell rings at as many idle, capable runners as there is work, not at all of them", async () => {
  const queue = newQueue();
  const idle = [newRunner(), newRunner(), newRunner()];
  const bells: Awaited<ReturnType<typeof connectBell>>[] = [];
  for (const runner of idle) {
    await queue.lease(asks(runner));
    bells.push(await connectBell(queue, runner));
  }
  const incapable = newRunner();
  await queue.lease({ ...asks(incapable), capabilities: ["kind:transcode"] });
  const deaf = await connectBell(queue, incapable);
  const rings = () => bells.map(({ heard }) => heard.length).reduce((sum, each) => sum + each, 0);

  await enqueue(queue);
  await expect.poll(rings).toBe(1);
  await enqueue(queue);
  await enqueue(queue);
  // Each new task rings at a runner that has not been rung at yet; for the fourth nobody is left.
  await enqueue(queue);
  await expect.poll(rings).toBe(3);
  expect(bells.map(({ heard }) => heard)).toEqual([[{ type: "work" }], [{ type: "work" }], [{ type: "work" }]]);
  expect(deaf.heard).toEqual([]);
});

test("a beat makes up for a lost ring", async () => {
  const queue = newQueue();
  const runner = newRunner();
  await enqueue(queue);
  const { heard } = await connectBell(queue, runner);
  await queue.heartbeat({ ...self(runner), leases: [] });
  await expect.poll(() => heard).toEqual([{ type: "work" }]);
});

test("a cancel tells the runner to stop, and its next beat says why", async () => {
  const queue = newQueue();
  const runner = newRunner();
  const { jobId, taskId } = await enqueue(queue);
  await queue.lease(asks(runner));
  const { heard } = await connectBell(queue, runner);
  expect(await queue.cancel({ jobId, tenantId: "ten", run: 1 })).toBe("canceled");
  await expect.poll(() => heard).toEqual([{ type: "stop", taskId, epoch: 1 }]);
  const { verdicts } = await queue.heartbeat({ ...self(runner), leases: [{ taskId, epoch: 1 }] });
  expect(verdicts).toMatchObject([{ verdict: "cancel" }]);
});

test("the doorbell rings at who only uploads, for what its memory still has room for", async () => {
  const queue = newQueue();
  const runner = newRunner();
  await enqueue(queue);
  const [task] = await queue.lease(asks(runner));
  await queue.lease(asks(runner, { delivering: 1, taken: ["label:a"] }));
  const { heard } = await connectBell(queue, runner);
  await enqueue(queue, ["kind:probe", "label:a"]);
  await enqueue(queue);
  await expect.poll(() => heard).toEqual([{ type: "work" }]);
  const [next] = await queue.lease(asks(runner, { delivering: 1, taken: ["label:a"] }));
  expect(next).toMatchObject({ needs: "kind:probe" });
  // With that it is full, also when the first one is up.
  if (task) await queue.complete({ taskId: task.taskId, epoch: 1, runnerId: runner, result: "{}" });
  await enqueue(queue);
  await queue.counts();
  expect(heard).toHaveLength(1);
});

test("after a task that takes much memory a runner says anew what it has left: nothing comes with it, nor to its other waits", async () => {
  const queue = newQueue();
  const runner = newRunner();
  const able = { capabilities: ["kind:probe", "memory:8"] };
  const waiting = queue.lease({ ...asks(runner, { slots: 4, waitMs: 5_000, waitId: "older" }), ...able });
  await enqueue(queue, ["kind:probe", "label:none"]);
  for (let i = 0; i < 3; i++) await enqueue(queue, ["kind:probe", "memory:8"]);
  // The wait was served with the first of them; a further request gets one, and no more.
  expect(await waiting).toHaveLength(1);
  const other = queue.lease({
    ...asks(runner, { slots: 4, waitMs: 5_000, waitId: "other" }),
    capabilities: ["kind:x"],
  });
  const more = await queue.lease({ ...asks(runner, { slots: 4, max: 4, waitId: "more" }), ...able });
  expect(more).toHaveLength(1);
  expect(await other).toEqual([]);
});

test("the doorbell outlives an eviction: it rings at sockets that slept", async () => {
  const queue = newQueue();
  const runner = newRunner();
  await queue.lease(asks(runner));
  const { heard } = await connectBell(queue, runner);
  await evictDurableObject(queue, { webSockets: "hibernate" });
  await enqueue(queue);
  await expect.poll(() => heard).toEqual([{ type: "work" }]);
});

test("a newer socket of a runner takes the older one's place, and a revoked runner has none", async () => {
  const queue = newQueue();
  const runner = newRunner();
  const codes: number[] = [];
  const first = await connectBell(queue, runner);
  first.webSocket.addEventListener("close", ({ code }) => {
    codes.push(code);
  });
  const second = await connectBell(queue, runner);
  second.webSocket.addEventListener("close", ({ code }) => {
    codes.push(code);
  });
  await expect.poll(() => codes).toEqual([4_000]);
  await queue.dismiss(runner);
  await expect.poll(() => codes).toEqual([4_000, 4_401]);
});

test("one alarm: it rings for the earliest deadline, expires leases, and is armed again", async () => {
  const queue = newQueue();
  const [lost, next] = [newRunner(), newRunner()];
  const { taskId } = await enqueue(queue);
  await queue.lease(asks(lost));
  await expire(queue, taskId);
  expect(await runDurableObjectAlarm(queue)).toBe(true);
  const { verdicts } = await queue.heartbeat({ ...self(lost), leases: [{ taskId, epoch: 1 }] });
  expect(verdicts).toMatchObject([{ verdict: "lost" }]);

  const armed = await runInDurableObject(queue, async (_, { storage }) => storage.getAlarm());
  expect(armed).not.toBeNull();
  // The task waits for its backoff; when that is over the same alarm makes it ready.
  await runInDurableObject(queue, (_, { storage }) => {
    storage.sql.exec("UPDATE tasks SET ready_at = 1, due_at = 1 WHERE task_id = ?", taskId);
  });
  await runDurableObjectAlarm(queue);
  expect(await queue.lease(asks(next))).toMatchObject([{ taskId, epoch: 2, attempt: 2 }]);
});

test("an alarm whose work fails does not throw, and is armed again", async () => {
  const queue = newQueue();
  const { taskId } = await enqueue(queue);
  await queue.lease(asks(newRunner()));
  await expire(queue, taskId);
  await runInDurableObject(queue, (_, { storage }) => storage.sql.exec("ALTER TABLE jobs RENAME TO jobs_away"));
  expect(await runDurableObjectAlarm(queue)).toBe(true);
  const armed = await runInDurableObject(queue, async (_, { storage }) => storage.getAlarm());
  expect(armed).not.toBeNull();
  await runInDurableObject(queue, (_, { storage }) => storage.sql.exec("ALTER TABLE jobs_away RENAME TO jobs"));
  await runDurableObjectAlarm(queue);
  expect(await queue.counts()).toMatchObject({ leased: 0, delayed: 1 });
});

test("an eviction forgets nothing: the lease, its epoch, the events and the alarm are there", async () => {
  const queue = newQueue();
  const runner = newRunner();
  const { taskId } = await enqueue(queue);
  await queue.lease(asks(runner));
  await evictDurableObject(queue);
  expect(await queue.events()).toMatchObject({ events: [{ sequence: 1, type: "job.started" }], more: false });
  expect(await queue.complete({ taskId, epoch: 1, runnerId: runner, result: "{}" })).toBe("completed");
  await evictDurableObject(queue);
  expect(await queue.complete({ taskId, epoch: 1, runnerId: runner, result: "{}" })).toBe("completed");
  expect((await queue.events()).events.map(({ type }) => type)).toEqual(["job.started", "job.succeeded"]);
});

test("events come in pulls that are bounded by their bytes", async () => {
  const queue = newQueue();
  const runner = newRunner();
  const result = JSON.stringify("x".repeat(limits.eventBytesPerPull / 2));
  for (let i = 0; i < 4; i++) {
    const { taskId } = await enqueue(queue);
    await queue.lease(asks(runner));
    await queue.complete({ taskId, epoch: 1, runnerId: runner, result });
  }
  const first = await queue.events();
  expect(first.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  expect(first.more).toBe(true);
  await queue.acknowledge(4);
  const second = await queue.events();
  expect(second.events.map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8]);
  await queue.acknowledge(8);
  expect(await queue.events()).toEqual({ events: [], more: false });
});

test("a neighbour of another version may send more than is known", async () => {
  const queue = newQueue();
  const { taskId } = await enqueue(queue);
  const newer = { ...asks(newRunner()), affinity: "gpu-1" };
  expect(await queue.lease(newer)).toMatchObject([{ taskId }]);
});

test("a revoked runner that waits is given nothing more", async () => {
  const queue = newQueue();
  const runnerId = newRunner();
  const waiting = queue.lease(asks(runnerId, { waitMs: 20_000 }));
  await queue.ping();
  await queue.dismiss(runnerId);
  await enqueue(queue);
  expect(await waiting).toEqual([]);
  expect((await queue.counts()).ready).toBe(1);
});
