import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Runner } from "@reelway/shared/contracts/runner";
import { JobWaiting } from "@reelway/shared/contracts/waiting";
import { newId, newRegionalId } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import type { WaitingTask } from "@reelway/shared/scheduling/waiting";
import { expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { reasonOf } from "../src/waiting/reason.ts";
import { listen } from "./support/doorbell.ts";
import { call, description, leaseOver, makeKey, makeRunner, queueOf, seedJob } from "./support/fleet.ts";

const region: RegionId = "apac";
const needs = "kind:probe";
const holdBackMs = 60_000;

type Queue = DurableObjectStub<RegionQueue>;
let objects = 0;
/** No shard's name: its events are projected by nobody. */
const newQueue = (): Queue => env.REGION_QUEUE.getByName(`held:${objects++}`);

const self = (holdsBackMs: number, runnerId = newRegionalId("run", "enam")) => {
  return { runnerId, capabilities: [needs], slots: 1, draining: false, version: "1", holdBackMs: holdsBackMs };
};
const asks = (runner: ReturnType<typeof self>, waitMs = 0) => {
  return { ...runner, max: 1, waitMs, waitId: crypto.randomUUID() };
};

async function enqueue(queue: Queue, need = needs) {
  const jobId = newRegionalId("job", "enam");
  const taskId = `${jobId.replace("job_", "tsk_")}_0`;
  const job = { jobId, tenantId: newId("ten"), run: 1, priority: 50, startAt: null };
  await queue.enqueue({ ...job, tasks: [{ taskId, needs: [need], payload: "{}" }] });
}

/** As if all that is ready had been so for this long. */
function age(queue: Queue, ms: number) {
  return runInDurableObject(queue, (_, { storage }) => {
    storage.sql.exec("UPDATE tasks SET waits_since = waits_since - ? WHERE state = 'ready'", ms);
  });
}

test("new work rings at who does not hold back alone, also where another shard offers it", async () => {
  const queue = newQueue();
  const [dear, cheap] = [self(holdBackMs), self(0)];
  for (const runner of [dear, cheap]) await queue.lease(asks(runner));
  const [dearBell, cheapBell] = [await listen(queue, dear.runnerId), await listen(queue, cheap.runnerId)];
  await enqueue(queue);
  await expect.poll(() => cheapBell).toEqual([{ type: "work" }]);
  expect(await queue.wakeFor({ count: 5, needs: [needs] }), "the only one that takes new work is rung").toBe(0);
  await queue.heartbeat({ ...dear, leases: [] });
  expect(dearBell).toEqual([]);

  await age(queue, holdBackMs);
  await queue.heartbeat({ ...dear, leases: [] });
  await expect.poll(() => dearBell).toEqual([{ type: "work" }]);
  expect(await queue.lease(asks(dear))).toHaveLength(1);
});

test("who waits and holds back is neither given new work, nor counted as who took it, nor sent away for it", async () => {
  const queue = newQueue();
  const [dear, cheap] = [self(holdBackMs), self(0)];
  let isOver = false;
  const waiting = Promise.resolve(queue.lease(asks(dear, 1_500))).finally(() => {
    isOver = true;
  });
  await queue.lease(asks(cheap));
  const bell = await listen(queue, cheap.runnerId);
  await enqueue(queue);
  await expect.poll(() => bell).toEqual([{ type: "work" }]);
  expect(await queue.wakeFor({ count: 1, needs: [needs] })).toBe(0);
  expect(isOver).toBe(false);
  expect(await waiting).toEqual([]);
  expect(await queue.counts()).toMatchObject({ ready: 1, leased: 0 });
});

test("what is left over for who waits is not taken for new work: that is rung for", async () => {
  const queue = newQueue();
  const other = "kind:thumbnail";
  const [dear, cheap] = [self(holdBackMs), { ...self(0), capabilities: [other] }];
  const waiting = queue.lease({ ...asks(dear, 1_000), capabilities: [needs, other] });
  await queue.lease(asks(cheap));
  const bell = await listen(queue, cheap.runnerId);
  await enqueue(queue);
  await age(queue, holdBackMs);
  await enqueue(queue, other);
  await expect.poll(() => bell).toEqual([{ type: "work" }]);
  expect(await waiting).toEqual([]);
  expect(await queue.lease(asks(dear))).toMatchObject([{ needs }]);
});

test("it takes what has waited for as long as its host says, is in the fleet as one that holds back, and its job says so", async () => {
  const key = await makeKey("member");
  const entry = await seedJob(region, { tenantId: key.tenantId });
  await dispatchJob(env, entry);
  const why = async () =>
    JobWaiting.parse(await (await call("GET", `/jobs/${entry.job.id}/waiting`, key.authorization)).json());
  const [cheap, dear, dearer] = [await makeRunner(region), await makeRunner(region), await makeRunner(region)];

  expect(await leaseOver(dear, { holdBackSeconds: 60 })).toEqual([]);
  expect(await leaseOver(dearer, { holdBackSeconds: 3_600 })).toEqual([]);
  const held = await why();
  expect(held).toMatchObject({ reason: "held_back", place: 1, etaAt: null, missing: [] });
  const { until } = held;
  expect((until ?? 0) - Date.now()).toBeGreaterThan(50_000);
  expect((until ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
  await call("POST", "/runner/heartbeat", cheap.authorization, { runner: description, leases: [] });
  expect(await why()).toMatchObject({ reason: "next", until: null });

  await age(queueOf(region), 60_000);
  expect(await leaseOver(dearer, { holdBackSeconds: 3_600 })).toEqual([]);
  expect(await leaseOver(dear, { holdBackSeconds: 60 })).toMatchObject([{ jobId: entry.job.id }]);

  const platform = await makeKey("admin", true);
  const shown = async ({ id }: { id: string }) =>
    Runner.parse(await (await call("GET", `/runners/${id}`, platform.authorization)).json()).holdBackSeconds;
  expect([await shown(cheap), await shown(dear), await shown(dearer)]).toEqual([0, 60, 3_600]);
  const tooLong = { runner: { ...description, holdBackSeconds: 86_401 }, max: 1 };
  expect((await call("POST", "/runner/leases", dear.authorization, tooLong)).status).toBe(422);
});

test("slots of who holds back for longer than a job has waited are none for it", () => {
  const runner = { runnerId: "r", capabilities: [], slots: 2, draining: false, version: "1", lastSeenAt: 0 };
  const task: WaitingTask = {
    ...{ needs: [], lastAttempt: null, pausedBy: null, fullShare: null, pausedRunners: [] },
    ...{ readyAt: 900, waitsSince: 500, queueDeadlineAt: 9_000, ahead: 1, typicalMs: 800 },
    state: "ready",
  };
  const why = (...fleet: { holdBackMs?: number; activeTasks: number }[]) => whyAt(1_000, ...fleet);
  const whyAt = (now: number, ...fleet: { holdBackMs?: number; activeTasks: number }[]) =>
    reasonOf({
      ...{ now, awaitsSource: false, task, shards: 1, drainReason: null },
      runners: fleet.map((each) => ({ ...runner, ...each })),
    });
  const [cheapFull, dearFull] = [{ activeTasks: 2 }, { activeTasks: 2, holdBackMs: 600 }];
  expect(why(cheapFull, { activeTasks: 0, holdBackMs: 500 }), "held back for long enough").toMatchObject({
    ...{ reason: "next", place: 2 },
  });
  expect(why(cheapFull, { activeTasks: 0, holdBackMs: 501 }, { activeTasks: 1, holdBackMs: 900 })).toMatchObject({
    ...{ reason: "held_back", until: 1_001, place: 2, etaAt: 1_800 },
    message: "Every runner that is free holds back and leaves it to others; it is about number 2",
  });
  expect(why({ activeTasks: 0, holdBackMs: 900 })).toMatchObject({ reason: "held_back", until: 1_400, etaAt: null });
  expect(whyAt(499, { activeTasks: 0 }), "by a clock that is behind the queue's").toMatchObject({ reason: "next" });
  expect(why(cheapFull, dearFull)).toMatchObject({ reason: "runners_busy", until: null, place: 2, etaAt: 1_800 });
  expect(why(dearFull)).toMatchObject({ reason: "runners_busy", place: 2, etaAt: 1_800 });
});
