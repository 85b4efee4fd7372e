import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newRegionalId } from "@reelway/shared/ids";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import { SqlStore } from "@reelway/shared/scheduling/sql-store";
import { QueueDriver } from "@reelway/shared/scheduling/testing/queue-driver";
import { expect, test } from "vitest";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { runnerIdHeader } from "../src/objects/region-queue-messages.ts";

type Queue = DurableObjectStub<RegionQueue>;
let objects = 0;
/** No shard's name: its events are projected by nobody. */
const newQueue = (): Queue => env.REGION_QUEUE.getByName(`graph:${objects++}`);

const asks = (runnerId: string, more: { max?: number; waitMs?: number; waitId?: string; need?: string } = {}) => ({
  runnerId,
  capabilities: [more.need ?? "encode"],
  slots: 2,
  draining: false,
  version: "1",
  max: more.max ?? 1,
  waitMs: more.waitMs ?? 0,
  waitId: more.waitId ?? "wait",
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
    const headers = { upgrade: "websocket", [runnerIdHeader]: runnerId };
    const { webSocket } = await queue.fetch("https://region-queue/", { headers });
    if (!webSocket) throw new Error("no doorbell");
    const heard: unknown[] = [];
    webSocket.addEventListener("message", ({ data }) => {
      heard.push(JSON.parse(String(data)));
    });
    webSocket.accept();
    bells.push({ runnerId, heard });
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

test("a part costs seventeen written rows, as they are billed, however many there are", async () => {
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
    const tasks = chunks(parts, "tsk-finish").map((task) => ({ ...task, needs: [] }));
    const added = counted(() => q.enqueue("film", { tasks: [...tasks, { ...part("finish"), needs: [] }] }));
    q.complete(q.mustLease());
    const leased = counted(() => q.mustLease());
    const [held] = q.store.leasesOf("r1");
    const completed = held ? counted(() => q.complete({ ...held, runnerId: "r1" })) : 0;
    return { added: Math.round(added / parts), leased, completed };
  });
  expect(written).toEqual({ added: 4, leased: 7, completed: 6 });
});
