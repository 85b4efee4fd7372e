import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newRegionalId } from "@reelway/shared/ids";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import { SqlStore } from "@reelway/shared/scheduling/sql-store";
import { QueueDriver } from "@reelway/shared/scheduling/testing/queue-driver";
import { expect, test } from "vitest";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { listen } from "./support/doorbell.ts";

// Before anybody has read it.
env.HEDGE_FACTOR = "2";

type Queue = DurableObjectStub<RegionQueue>;
let objects = 0;
/** No shard's name: its events are projected by nobody. */
const newQueue = (): Queue => env.REGION_QUEUE.getByName(`graph:${objects++}`);

const asks = (
  runnerId: string,
  more: { max?: number; waitMs?: number; waitId?: string; need?: string; hedging?: boolean } = {},
) => ({
  runnerId,
  capabilities: [more.need ?? "encode"],
  slots: 2,
  draining: false,
  version: "1",
  max: more.max ?? 1,
  waitMs: more.waitMs ?? 0,
  waitId: more.waitId ?? "wait",
  hedging: more.hedging ?? false,
});

const part = (name: string, need = "encode", more: Partial<NewTask> = {}): NewTask => {
  return { taskId: `tsk-${name}`, needs: [need], payload: "{}", part: name, ...more };
};
const chunks = (count: number, unblocks?: string) =>
  Array.from({ length: count }, (_, index) =>
    part(`encode:${index}`, "encode", { order: index, ...(unblocks && { unblocks }) }),
  );
const film = (tasks: NewTask[], startAt: number | null = null) => {
  return { jobId: "job-film", tenantId: "ten", run: 1, priority: 0, startAt, tasks };
};

/** Runners of two slots each that idle at the doorbell. */
async function idleRunners(queue: Queue, count: number) {
  const bells: { readonly runnerId: string; readonly heard: unknown[] }[] = [];
  for (let index = 0; index < count; index++) {
    const runnerId = newRegionalId("run", "enam");
    await queue.lease(asks(runnerId));
    bells.push({ runnerId, heard: await listen(queue, runnerId) });
  }
  return { bells, rung: () => bells.filter(({ heard }) => heard.length > 0).length };
}

test("what a completion adds is work for every idle runner at once, lined up or not", async () => {
  const queue = newQueue();
  await queue.enqueue(film([part("plan", "plan", { unblocks: "tsk-finish" }), part("finish", "plan")]));
  const { rung } = await idleRunners(queue, 3);
  const waiting = queue.lease(asks("waits", { waitMs: 20_000, max: 2 }));
  await queue.ping();
  const [plan] = await queue.lease(asks("planner", { need: "plan" }));
  if (!plan) throw new Error("nothing to plan");
  const add = chunks(7, "tsk-finish");
  const completion = { taskId: plan.taskId, epoch: plan.epoch, runnerId: "planner", result: '{"chunks":7}' };
  expect(rung()).toBe(0);
  expect(await queue.complete({ ...completion, add })).toBe("completed");
  expect((await waiting).map((task) => task.part)).toEqual(["encode:0", "encode:1"]);
  // Five are left, for three runners of two slots.
  await expect.poll(rung).toBe(3);
  expect(await queue.counts()).toMatchObject({ ready: 1, lined: 4, blocked: 1, leased: 2 });
  expect(await queue.complete({ ...completion, add })).toBe("completed");
  expect(await queue.counts()).toMatchObject({ ready: 1, lined: 4, blocked: 1, leased: 2 });
});

test("no more runners are rung than there is work", async () => {
  const queue = newQueue();
  const { rung } = await idleRunners(queue, 3);
  const finish = part("finish", "encode");
  await queue.enqueue(film([...chunks(2, finish.taskId), finish]));
  await expect.poll(rung).toBe(1);
  await queue.ping();
  expect(rung()).toBe(1);
});

test("a delayed film that may begin is heard of by as many as can work on it", async () => {
  const queue = newQueue();
  const { bells, rung } = await idleRunners(queue, 3);
  await queue.enqueue(film(chunks(6), Date.now() + 3_600_000));
  expect(rung()).toBe(0);
  await runInDurableObject(queue, (_, { storage }) => {
    storage.sql.exec("UPDATE tasks SET ready_at = 1, due_at = 1 WHERE state = 'delayed'");
  });
  await runDurableObjectAlarm(queue);
  await expect.poll(rung).toBe(3);
  for (const { runnerId } of bells) expect(await queue.lease(asks(runnerId, { max: 2 }))).toHaveLength(2);
});

test("what waited last for a part is offered when that is done", async () => {
  const queue = newQueue();
  await queue.enqueue(film([...chunks(1, "tsk-finish"), part("finish", "finish")]));
  const [chunk] = await queue.lease(asks("encoder"));
  const waiting = queue.lease(asks("finisher", { need: "finish", waitMs: 20_000 }));
  await queue.ping();
  if (!chunk) throw new Error("nothing to encode");
  await queue.complete({ taskId: chunk.taskId, epoch: chunk.epoch, runnerId: "encoder", result: '{"frames":48}' });
  expect((await waiting).map((task) => task.part)).toEqual(["finish"]);
  expect(await queue.partsOf("job-film", 1, { withResults: true })).toMatchObject([
    { part: "encode:0", state: "done", result: '{"frames":48}', runnerId: "encoder", attempt: 1 },
    { part: "finish", state: "leased", result: null, runnerId: "finisher", endedAt: null },
  ]);
  expect(await queue.partsOf("job-film", 2)).toBeNull();
  const { events } = await queue.events();
  expect(events.map(({ type, part }) => [type, part])).toEqual([
    ["job.started", null],
    ["task.completed", "encode:0"],
  ]);
});

test.each([
  { hedgeable: false, costs: { added: 4, leased: 7, completed: 6 } },
  { hedgeable: true, costs: { added: 4, leased: 10, completed: 6 } },
])("a part costs seventeen written rows, as they are billed, or twenty: %o", async ({ hedgeable, costs }) => {
  const queue = newQueue();
  const parts = 200;
  const written = await runInDurableObject(queue, (_, { storage }) => {
    let rows = 0;
    const driver = {
      exec: (statement: string, ...parameters: readonly (string | number | null)[]) => {
        const cursor = storage.sql.exec(statement, ...parameters);
        const answer = cursor.toArray();
        rows += cursor.rowsWritten;
        return answer;
      },
      transaction: <T>(body: () => T): T => storage.transactionSync(body),
    };
    const q = new QueueDriver(new SqlStore(driver));
    const counted = (work: () => unknown) => {
      const before = rows;
      work();
      return rows - before;
    };
    const tasks = chunks(parts, "tsk-finish").map((task) => ({ ...task, needs: [], hedgeable }));
    const added = counted(() => q.enqueue("film", { tasks: [...tasks, { ...part("finish"), needs: [] }] }));
    q.complete(q.mustLease());
    const leased = counted(() => q.mustLease());
    const [held] = q.store.leasesOf("r1");
    const completed = held ? counted(() => q.complete({ ...held, runnerId: "r1" })) : 0;
    return { added: Math.round(added / parts), leased, completed };
  });
  expect(written).toEqual(costs);
});

/** A film of which one chunk is done, and `slow` has the other, for longer than two took that are done. */
async function slowFilm(queue: Queue, holder = "slow") {
  const tasks = chunks(2, "tsk-finish").map((task) => ({ ...task, hedgeable: true }));
  await queue.enqueue(film([...tasks, part("finish", "plan")]));
  const [done] = await queue.lease(asks("quick"));
  const [slow] = await queue.lease(asks(holder));
  if (!done || !slow) throw new Error("nothing was leased");
  const complete = ({ taskId, epoch, runnerId }: typeof done) =>
    queue.complete({ taskId, epoch, runnerId: runnerId ?? "", result: "{}" });
  expect(await complete(done)).toBe("completed");
  /** As if the slow one had begun so long ago: the object's clock is not ours. */
  const begunEarlier = (ms: number) =>
    runInDurableObject(queue, (_, state) => {
      state.storage.sql.exec("UPDATE tasks SET leased_at = leased_at - ? WHERE state = 'leased'", ms);
      state.storage.sql.exec("UPDATE jobs SET hedge_at = hedge_at - ?", ms);
    });
  return { slow, complete, begunEarlier };
}

test("a chunk that becomes slow wakes an idle runner by the alarm, and the first of the two to be done stops the other", async () => {
  const queue = newQueue();
  const { bells, rung } = await idleRunners(queue, 3);
  // Of the three one is slow itself, with another slot to spare.
  const { slow, complete, begunEarlier } = await slowFilm(queue, bells[0]?.runnerId);
  await expect.poll(rung, { message: "for the film itself" }).toBe(1);
  for (const { heard } of bells) heard.length = 0;
  const alarmAt = await runInDurableObject(queue, (_, state) => state.storage.getAlarm());
  expect(alarmAt).toBeLessThanOrEqual((slow.leasedAt ?? 0) + 10_000);
  expect([await runDurableObjectAlarm(queue), rung()]).toEqual([true, 0]);

  await begunEarlier(10_000);
  await runDurableObjectAlarm(queue);
  await expect.poll(rung).toBe(1);
  const [bell] = bells.slice(1).filter(({ heard }) => heard.length > 0);
  if (!bell) throw new Error("none but the holder was rung");
  expect(await queue.lease(asks(bell.runnerId))).toEqual([]);
  const [hedge] = await queue.lease(asks(bell.runnerId, { hedging: true }));
  if (!hedge) throw new Error("nothing was hedged");
  expect(hedge).toMatchObject({ taskId: slow.taskId, epoch: slow.epoch + 1, attempt: 1, runnerId: bell.runnerId });
  const claim = ({ taskId, epoch, runnerId }: typeof slow) => ({ taskId, epoch, runnerId: runnerId ?? "" });
  expect((await queue.taskOfLease(claim(slow)))?.epoch).toBe(slow.epoch);
  expect((await queue.taskOfLease(claim(hedge)))?.epoch).toBe(hedge.epoch);
  expect((await queue.partsOf("job-film", 1))?.find(({ taskId }) => taskId === slow.taskId)).toMatchObject({
    runnerId: bells[0]?.runnerId,
    hedge: { runnerId: bell.runnerId },
  });

  expect([await complete(slow), await complete(hedge), await complete(slow)]).toEqual([
    "completed",
    "lease_lost",
    "completed",
  ]);
  await expect.poll(() => bell.heard.at(-1)).toEqual({ type: "stop", taskId: hedge.taskId, epoch: hedge.epoch });
  expect(await queue.taskOfLease(claim(hedge))).toBeNull();
  const { events } = await queue.eventsAfter(0);
  expect(events.filter(({ type }) => type === "task.completed").map(({ hedge }) => hedge)).toEqual([null, "lost"]);
});

test("whoever waits for work is given what becomes slow, and a beat rings for it; a revoked one leaves it to the other", async () => {
  const queue = newQueue();
  const { slow, begunEarlier } = await slowFilm(queue);
  const waiting = queue.lease(asks("waits", { waitMs: 20_000, hedging: true }));
  await queue.ping();
  await begunEarlier(10_000);
  await runDurableObjectAlarm(queue);
  const [hedge] = await waiting;
  expect(hedge).toMatchObject({ taskId: slow.taskId, runnerId: "waits" });
  const description = { runnerId: "waits", capabilities: ["encode"], slots: 2, draining: false, version: "1" };
  const beat = async () => {
    const { taskId, epoch } = hedge ?? slow;
    return (await queue.heartbeat({ ...description, leases: [{ taskId, epoch }] })).verdicts[0]?.verdict;
  };
  expect(await beat()).toBe("keep");
  await queue.dismiss("slow");
  expect(await queue.counts()).toMatchObject({ leased: 1, ready: 0 });
  expect(await beat()).toBe("keep");
  await queue.dismiss("waits");
  expect(await queue.counts()).toMatchObject({ leased: 0, ready: 1 });
});
