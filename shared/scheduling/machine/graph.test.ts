import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NewTask } from "../commands.ts";
import { MemoryStore } from "../memory-store.ts";
import { partsOf } from "../parts.ts";
import type { TaskRecord } from "../records.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = (settings = {}) => new QueueDriver(new MemoryStore(), settings);
const task = (taskId: string, more: Partial<NewTask> = {}): NewTask => {
  return { taskId, needs: [], payload: "{}", part: taskId, ...more };
};
/** Parts `<job>-00`, `<job>-01` …, and where `end` is given a task that waits for all of them. */
const film = (job: string, parts: number, end?: NewTask): NewTask[] => [
  ...Array.from({ length: parts }, (_, index) =>
    task(`${job}-${String(index).padStart(2, "0")}`, { order: index, ...(end && { unblocks: end.taskId }) }),
  ),
  ...(end ? [end] : []),
];
const states = (q: QueueDriver, jobId: string) =>
  Object.fromEntries(q.store.tasksOfJob(jobId).map(({ taskId, state }) => [taskId, state]));
const leaseAll = (q: QueueDriver, count: number) => Array.from({ length: count }, () => q.mustLease());
const ids = (tasks: readonly TaskRecord[]) => tasks.map(({ taskId }) => taskId);

describe("tasks of a job that need the same", () => {
  it("stand in their lane one at a time, in their order, then by their ids", () => {
    const q = queue();
    const tasks = [task("c", { order: 1 }), task("b", { order: 1 }), task("a", { order: 2 }), task("d", { order: -1 })];
    q.enqueue("film", { tasks });
    expect(states(q, "film")).toEqual({ a: "lined", b: "lined", c: "lined", d: "ready" });
    expect(q.store.counts()).toMatchObject({ ready: 1, lined: 3 });
    expect(ids(leaseAll(q, 4))).toEqual(["d", "b", "c", "a"]);
    expect(q.lease()).toBeNull();
  });

  it("have a line for each of their needs", () => {
    const q = queue();
    q.enqueue("film", {
      tasks: [task("a1", { needs: ["a"] }), task("a2", { needs: ["a"] }), task("b1", { needs: ["b"] })],
    });
    expect(states(q, "film")).toEqual({ a1: "ready", a2: "lined", b1: "ready" });
    expect(q.mustLease("r1", { capabilities: ["b"] }).taskId).toBe("b1");
    expect(q.lease("r1", { capabilities: ["b"] })).toBeNull();
    expect(q.mustLease("r1", { capabilities: ["a"] }).taskId).toBe("a1");
    expect(states(q, "film")).toMatchObject({ a2: "ready" });
  });

  it("wait together for a delayed start, and follow their front from then on", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 3), startAt: q.now + 5_000 });
    expect(states(q, "film")).toEqual({ "f-00": "delayed", "f-01": "lined", "f-02": "lined" });
    expect(q.lease()).toBeNull();
    q.tickAtDeadline();
    q.pass(10);
    expect(ids(leaseAll(q, 3))).toEqual(["f-00", "f-01", "f-02"]);
  });

  it("have their queue deadline from the moment in which they come to the front", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 4) });
    for (let part = 0; part < 4; part++) {
      q.pass(q.settings.queuedMs - 1);
      q.tick();
      const held = q.mustLease();
      expect(q.complete(held)).toBe("completed");
    }
    expect(q.store.job("film")?.state).toBe("succeeded");
    q.enqueue("other", { tasks: film("o", 2) });
    q.tickAtDeadline();
    expect(states(q, "other")).toEqual({ "o-00": "dead", "o-01": "canceled" });
  });
});

describe("jobs of one tenant", () => {
  it("take turns, part by part, also within one millisecond", () => {
    const q = queue();
    for (const job of ["a", "b", "c"]) q.enqueue(job, { tasks: film(job, 5) });
    expect(ids(leaseAll(q, 9)).map((id) => id[0])).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
  });

  it("are one by one ahead of a film that came first, however long it is", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("film", 60) });
    for (let lease = 0; lease < 10; lease++, q.pass(1)) q.mustLease();
    for (const clip of ["x", "y"]) q.enqueue(clip);
    q.pass(1);
    expect(leaseAll(q, 4).map(({ jobId }) => jobId)).toEqual(["film", "x", "y", "film"]);
  });

  it("let a clip wait for no more leases than there are lines and retries before it", () => {
    const event = fc.oneof(
      fc.constant("lease" as const),
      fc.constant("lease" as const),
      fc.record({ end: fc.nat({ max: 9 }), well: fc.boolean() }),
      fc.record({ pass: fc.constantFrom(1, 1_500) }),
    );
    const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lengths, fc.array(event, { maxLength: 50, size: "max" }), (films, events) => {
        const q = queue();
        for (const [index, parts] of films.entries()) q.enqueue(`f${index}`, { tasks: film(`f${index}`, parts) });
        const held: ReturnType<typeof q.mustLease>[] = [];
        for (const each of events) {
          const next = each === "lease" ? q.lease() : null;
          if (next) held.push({ ...next, runnerId: "r1" });
          if (typeof each === "object" && "pass" in each) q.pass(each.pass);
          if (typeof each === "object" && "end" in each) {
            const [ended] = held.splice(each.end % Math.max(1, held.length), 1);
            if (ended) each.well ? q.complete(ended) : q.fail(ended, true, { code: "input_unreadable", message: "x" });
          }
          q.tick();
        }
        q.pass(1);
        const before = q.store.counts().ready;
        q.enqueue("clip");
        q.pass(1);
        const leased: string[] = [];
        while (leased.at(-1) !== "clip") leased.push(q.mustLease().jobId);
        expect(leased.length - 1).toBeLessThanOrEqual(before);
        expect(before).toBeLessThanOrEqual(films.length + events.length);
      }),
      { numRuns: 200 },
    );
  });

  it("keep the head start of their priority, and no more than that", () => {
    const q = queue({ priorityPointMs: 100 });
    q.enqueue("clip");
    q.enqueue("film", { tasks: film("film", 60), priority: 10 });
    const jobs: string[] = [];
    for (let lease = 0; lease < 30; lease++, q.pass(99)) jobs.push(q.mustLease().jobId);
    // The film's front is ranked a second ahead of its last lease: it passes for a second.
    expect(jobs.indexOf("clip")).toBe(12);
  });
});

describe("a task that waits for others", () => {
  it("is blocked until the last of them is done, and then leased", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 2, task("end")) });
    expect(q.store.task("end")).toMatchObject({ state: "blocked", waits: 2 });
    const [a, b] = [q.mustLease(), q.mustLease()];
    expect(q.lease()).toBeNull();
    q.complete(b);
    expect(q.store.task("end")).toMatchObject({ state: "blocked", waits: 1 });
    expect(q.lease()).toBeNull();
    q.pass(7);
    q.complete(a);
    expect(q.store.task("end")).toMatchObject({
      state: "ready",
      waits: 0,
      readyAt: q.now,
      queueDeadlineAt: q.now + q.settings.queuedMs,
    });
    const end = q.mustLease();
    expect(end).toMatchObject({ taskId: "end", attempt: 1, epoch: 1 });
    q.complete(end);
    expect(q.store.job("film")).toMatchObject({ state: "succeeded", openTasks: 0, doneTasks: 3 });
  });

  it("goes before newer jobs: its rank is the one it was made with", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 1, task("end")) });
    const first = q.mustLease();
    q.pass(1_000);
    q.enqueue("newer");
    q.pass(1_000);
    q.complete(first);
    expect(leaseAll(q, 2).map(({ jobId }) => jobId)).toEqual(["film", "newer"]);
  });

  it("stands in line where others that need the same are still to come", () => {
    const q = queue();
    q.enqueue("film", { tasks: [task("a", { order: 0, unblocks: "z" }), task("b", { order: 1 }), task("z")] });
    const first = q.mustLease();
    q.complete(first);
    expect(states(q, "film")).toEqual({ a: "done", b: "ready", z: "lined" });
    expect(ids(leaseAll(q, 2))).toEqual(["b", "z"]);
  });

  it("can be made to wait for itself by no graph, nor for what is not there", () => {
    const q = queue();
    const refuse = (tasks: NewTask[], why: string) => {
      expect(() => q.enqueue("bad", { tasks })).toThrow(why);
      expect([q.store.job("bad"), q.store.tasksOfJob("bad")]).toEqual([undefined, []]);
    };
    q.enqueue("other", { tasks: film("o", 1, task("o-end")) });
    refuse([task("a", { unblocks: "a" })], "wait for one another");
    refuse([task("a", { unblocks: "b" }), task("b", { unblocks: "a" }), task("c")], "wait for one another");
    refuse([task("a", { unblocks: "nothing" })], "no task nothing");
    refuse([task("a", { unblocks: "o-end" })], "no task o-end of job bad");
    refuse([task("a"), task("a")], "already");
  });
});

describe("a completion that adds tasks", () => {
  const planned = () => {
    const q = queue();
    q.enqueue("film", { tasks: [task("plan", { unblocks: "end" }), task("end")], priority: 3 });
    return { q, plan: q.mustLease() };
  };

  it("takes them in with its own end, before what waits for it goes on", () => {
    const { q, plan } = planned();
    q.pass(50);
    const chunks = film("f", 3).map((each) => ({ ...each, unblocks: "end" }));
    expect(q.complete(plan, [...chunks, task("audio", { needs: ["a"], unblocks: "end" })])).toBe("completed");
    expect(q.store.task("end")).toMatchObject({ state: "blocked", waits: 4 });
    expect(states(q, "film")).toMatchObject({ "f-00": "ready", "f-01": "lined", "f-02": "lined", audio: "ready" });
    expect(q.store.task("f-00")).toMatchObject({ priority: 3, rank: q.now - 3 * q.settings.priorityPointMs, epoch: 0 });
    expect(q.store.job("film")).toMatchObject({ state: "active", openTasks: 5, doneTasks: 1 });
    for (let part = 0; part < 5; part++) q.complete(q.mustLease("r1", { capabilities: ["a"] }));
    expect(q.eventTypes()).toEqual(["job.started", ...Array(5).fill("task.completed"), "job.succeeded"]);
  });

  it("puts them before what waited only for it, where that needs the same", () => {
    const { q, plan } = planned();
    q.complete(plan, [task("first"), task("second")]);
    expect(states(q, "film")).toEqual({ plan: "done", first: "ready", second: "lined", end: "lined" });
  });

  it("goes on with the job where it would have been the last", () => {
    const q = queue();
    q.enqueue("film", { tasks: [task("plan")] });
    q.complete(q.mustLease(), [task("more")]);
    expect(q.store.job("film")).toMatchObject({ state: "active", openTasks: 1 });
    q.complete(q.mustLease());
    expect(q.eventTypes()).toEqual(["job.started", "task.completed", "job.succeeded"]);
  });

  it("adds them once, however often it arrives; and nothing when its lease was lost", () => {
    const { q, plan } = planned();
    q.pass(q.settings.leaseMs);
    q.tick();
    expect(q.complete(plan, [task("f-00")])).toBe("lease_lost");
    q.tickAtDeadline();
    const again = q.mustLease();
    expect(q.complete(again, [task("f-00")])).toBe("completed");
    const before = q.store.tasksOfJob("film");
    expect(q.complete(again, [task("f-00")])).toBe("completed");
    expect(q.complete(again, [task("f-01")])).toBe("completed");
    expect(q.store.tasksOfJob("film")).toEqual(before);
    expect(q.store.job("film")).toMatchObject({ openTasks: 2, doneTasks: 1 });
  });

  it("is refused as a whole where an id is taken, or a successor does not wait", () => {
    const { q, plan } = planned();
    q.complete(plan, film("f", 3));
    const [a, b] = [q.mustLease(), q.mustLease()];
    const refuse = (add: NewTask[], why: string) => {
      const before = q.store.tasksOfJob("film");
      expect(() => q.complete(a, add)).toThrow(why);
      expect(q.store.tasksOfJob("film")).toEqual(before);
    };
    refuse([task("new"), task("f-02")], "f-02 is of job film already");
    refuse([task("new", { unblocks: "end" })], "no task end of job film waits");
    refuse([task("new", { unblocks: b.taskId })], `no task ${b.taskId} of job film waits`);
    refuse([task("new", { unblocks: "newer" }), task("newer", { unblocks: "new" })], "wait for one another");
    expect(q.complete(a)).toBe("completed");
  });

  it("lines them up behind those of the same needs that are there", () => {
    const q = queue();
    q.enqueue("film", { tasks: [task("a", { order: 0 }), task("b", { order: 9 })] });
    q.complete(q.mustLease(), [task("c", { order: 1 })]);
    expect(states(q, "film")).toEqual({ a: "done", b: "ready", c: "lined" });
  });

  it("starts their epochs where no earlier run has been", () => {
    const { q, plan } = planned();
    q.complete(plan, [task("f-00")]);
    expect(leaseAll(q, 2).map(({ epoch }) => epoch)).toEqual([1, 1]);
    q.enqueue("film", { run: 2, tasks: [task("plan")] });
    q.complete(q.mustLease(), [task("f-00")]);
    expect(q.mustLease()).toMatchObject({ taskId: "f-00", epoch: 1_000_001 });
  });
});

describe("a part", () => {
  it("that fails is tried again alone, while the others go on", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 5) });
    const first = q.mustLease();
    expect(q.fail(first)).toBe("retrying");
    q.complete(q.mustLease());
    q.tickAtDeadline();
    const waiting = { "f-03": "lined", "f-04": "lined" };
    expect(states(q, "film")).toEqual({ "f-00": "ready", "f-01": "done", "f-02": "ready", ...waiting });
    const rest = leaseAll(q, 2);
    // A retry is no front: its lease brings nobody up.
    expect(states(q, "film")).toMatchObject({ "f-00": "leased", "f-02": "leased", "f-03": "ready", "f-04": "lined" });
    rest.push(...leaseAll(q, 2));
    const order = rest.map(({ taskId, attempt }) => `${taskId} ${attempt}`);
    expect(order).toEqual(["f-02 1", "f-00 2", "f-03 1", "f-04 1"]);
    for (const each of rest) q.complete(each);
    expect(q.store.job("film")?.state).toBe("succeeded");
  });

  it("that is dead ends its job, with all that was blocked or lined up", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 4, task("end")) });
    const [a, b] = [q.mustLease(), q.mustLease("r2")];
    expect(q.fail(a, false)).toBe("dead");
    expect(states(q, "film")).toEqual({
      end: "canceled",
      "f-00": "dead",
      "f-01": "canceled",
      "f-02": "canceled",
      "f-03": "canceled",
    });
    expect(q.store.task("end")).toMatchObject({ waits: 0 });
    expect([q.beat(b)?.verdict, q.complete(b), q.lease()]).toEqual(["cancel", "lease_lost", null]);
    expect(q.store.counts()).toMatchObject({ ready: 0, lined: 0, blocked: 0, leased: 0, dead: 1 });
    expect(q.store.nextDeadline()).toBeUndefined();
  });

  it("goes with its job when that is cancelled", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 3, task("end")) });
    const { taskId, epoch } = q.mustLease();
    expect(q.cancel("film")).toEqual({ outcome: "canceled", stopped: [{ runnerId: "r1", taskId, epoch }] });
    expect(Object.values(states(q, "film"))).toEqual(Array(4).fill("canceled"));
    expect([q.lease(), q.store.nextDeadline()]).toEqual([null, undefined]);
  });

  it("keeps what it said, and says so; the last one's is the job's", () => {
    const q = queue();
    q.enqueue("film", { tasks: [task("a", { part: "encode:0" }), task("b", { part: "" }), task("c")] });
    for (let part = 0; part < 3; part++) q.complete(q.mustLease("r2"));
    expect(q.store.tasksOfJob("film").map(({ result }) => result)).toEqual(['{"by":"r2"}', null, '{"by":"r2"}']);
    const none = { taskId: null, part: null };
    expect(q.store.events(0, 9)).toMatchObject([
      { type: "job.started", ...none, result: null },
      { type: "task.completed", taskId: "a", part: "encode:0", attempt: 1, runnerId: "r2", result: '{"by":"r2"}' },
      { type: "job.succeeded", ...none, result: '{"by":"r2"}' },
    ]);
    expect(partsOf(q.store, "film", 1)?.map(({ part, result }) => [part, result])).toEqual([
      ["encode:0", null],
      ["", null],
      ["c", null],
    ]);
    expect(partsOf(q.store, "film", 1, { withResults: true })?.[0]).toMatchObject({
      state: "done",
      result: '{"by":"r2"}',
      endedAt: q.now,
      runnerId: "r2",
    });
    expect(partsOf(q.store, "film", 2)).toBeNull();
  });
});

describe("a job of many parts", () => {
  it("has not begun again as long as another part is leased or could be", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 2) });
    const [a] = [q.mustLease()];
    q.fail(a);
    expect(q.eventTypes()).toEqual(["job.started"]);
    q.fail(q.mustLease());
    expect(q.eventTypes()).toEqual(["job.started", "job.requeued"]);
    q.tickAtDeadline();
    q.mustLease();
    expect(q.eventTypes()).toEqual(["job.started", "job.requeued", "job.started"]);
  });

  it("keeps running once a part is done, though nobody works on it", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 2, task("end")) });
    q.complete(q.mustLease());
    q.fail(q.mustLease());
    expect(states(q, "film")).toEqual({ end: "blocked", "f-00": "done", "f-01": "delayed" });
    expect(q.store.job("film")?.running).toBe(true);
    q.tickAtDeadline();
    q.release(q.mustLease());
    for (let part = 0; part < 2; part++) q.complete(q.mustLease());
    expect(q.eventTypes()).toEqual(["job.started", "task.completed", "task.completed", "job.succeeded"]);
  });

  it("is started anew as a whole by a later run", () => {
    const q = queue();
    q.enqueue("film", { tasks: film("f", 3, task("end")) });
    q.complete(q.mustLease());
    q.enqueue("film", { run: 2, tasks: film("f", 3, task("end")) });
    expect(states(q, "film")).toEqual({ end: "blocked", "f-00": "ready", "f-01": "lined", "f-02": "lined" });
    expect(q.store.job("film")).toMatchObject({ openTasks: 4, doneTasks: 0, running: false });
  });

  it("is forgotten as a whole, and others with it no more than one tick may", () => {
    const q = queue({ retentionMs: 1_000 });
    for (const job of ["a", "b"]) {
      q.enqueue(job, { tasks: film(job, 99) });
      q.cancel(job);
    }
    q.acknowledge();
    q.pass(1_000);
    expect(q.tick()).toEqual({ more: true });
    expect([q.store.job("a"), q.store.tasksOfJob("a").length, q.store.tasksOfJob("b").length]).toEqual([
      undefined,
      0,
      99,
    ]);
    q.tick();
    expect(q.store.tasksOfJob("b")).toEqual([]);
  });
});
