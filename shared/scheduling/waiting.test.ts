import { expect, test } from "vitest";
import { MemoryStore } from "./memory-store.ts";
import { Pauses } from "./pauses.ts";
import { QueueDriver } from "./testing/queue-driver.ts";
import { waitingTaskOf } from "./waiting.ts";

const queue = () => new QueueDriver(new MemoryStore(), { maxRetries: 0 });
const aheadOf = (q: QueueDriver, jobId: string) => waitingTaskOf(q.store, jobId, 1, q.settings.shard)?.ahead;

/** As many jobs of one recipe that fail as pause it. */
function pause(q: QueueDriver, recipe: string, tenantId: string) {
  for (let job = 0; job < 5; job++) {
    q.enqueue(`bad-${job}`, { recipe, tenantId });
    q.fail(q.mustLease(), false);
  }
}

test("ahead are its tenant's earlier tasks, of whatever recipe, and as many of each other tenant's", () => {
  const q = queue();
  for (const job of ["a1", "a2", "a3"]) q.enqueue(job, { recipe: `${job}@1` });
  q.pass(1);
  q.enqueue("mine");
  for (let job = 0; job < 9; job++) q.enqueue(`many-${job}`, { tenantId: "ten-many" });
  q.enqueue("few", { tenantId: "ten-few" });
  expect(aheadOf(q, "a1")).toBe(0 + 1 + 1);
  expect(aheadOf(q, "mine")).toBe(3 + 4 + 1);
  expect(aheadOf(q, "few")).toBe(1 + 1);
});

test("a task that its runners can't do, or that is paused, is not ahead", () => {
  const q = queue();
  q.lease("r1", { capabilities: ["kind:probe"] });
  pause(q, "x@1", "other");
  q.enqueue("paused", { recipe: "x@1", tenantId: "other" });
  q.enqueue("elsewhere", { needs: ["gpu"], tenantId: "third" });
  q.enqueue("mine");
  expect(aheadOf(q, "mine")).toBe(0);
  expect(waitingTaskOf(q.store, "paused", 1, q.settings.shard)?.pausedBy?.key).toBe("preset:x@1:other");
  expect(waitingTaskOf(q.store, "mine", 1, q.settings.shard)?.pausedBy).toBeNull();
});

test("the usual time is that of done tasks by the same recipe, else of all; none is known at first", () => {
  const q = queue();
  const work = (job: string, recipe: string, ms: number) => {
    q.enqueue(job, { recipe });
    const task = q.mustLease();
    q.pass(ms);
    q.complete(task);
  };
  q.enqueue("waits", { recipe: "x@1", startAt: q.now + 1e9 });
  const usual = () => waitingTaskOf(q.store, "waits", 1, q.settings.shard)?.typicalMs;
  expect(usual()).toBeNull();
  work("y", "y@1", 100);
  expect(usual()).toBe(100);
  work("x1", "x@1", 1_000);
  work("x2", "x@1", 3_000);
  expect(usual()).toBe(2_000);
});

test("a film does not wait while one part of it is leased; as what waits it counts as one, however long it is", () => {
  const q = queue();
  const part = (index: number) => ({ taskId: `f${index}`, needs: [], payload: "{}", part: `encode:${index}` });
  const end = { taskId: "end", needs: ["finish"], payload: "{}", part: "finish" };
  q.enqueue("film", { tasks: [...[1, 2, 3].map((index) => ({ ...part(index), unblocks: "end" })), end] });
  q.pass(1);
  q.enqueue("clip");
  expect([waitingTaskOf(q.store, "film", 1, q.settings.shard)?.state, aheadOf(q, "film"), aheadOf(q, "clip")]).toEqual([
    "ready",
    0,
    1,
  ]);
  const first = q.mustLease();
  expect([waitingTaskOf(q.store, "film", 1, q.settings.shard)?.state, aheadOf(q, "clip")]).toEqual(["leased", 0]);
  q.complete(first);
  expect([waitingTaskOf(q.store, "film", 1, q.settings.shard)?.state, aheadOf(q, "film")]).toEqual(["ready", 1]);
  for (let leases = 0; leases < 3; leases++) q.complete(q.mustLease());
  expect(waitingTaskOf(q.store, "film", 1, q.settings.shard)).toMatchObject({ state: "ready", needs: ["finish"] });
});

test("runners that hold back go by how long a film has been in the queue, not by its front's own turn", () => {
  const q = queue();
  const madeAt = q.now;
  const chunks = [0, 1, 2].map((order) => ({ taskId: `c${order}`, needs: [], payload: "{}", order, part: `${order}` }));
  q.enqueue("film", { tasks: chunks });
  q.pass(1_000);
  q.complete(q.mustLease());
  const { readyAt, waitsSince } = waitingTaskOf(q.store, "film", 1, q.settings.shard) ?? {};
  expect([readyAt, waitsSince]).toEqual([q.now, madeAt]);
});

test("they go by what is first in its lane, where that could be taken only later, but never by less than its own", () => {
  const q = queue();
  const waitsSince = (job: string) => waitingTaskOf(q.store, job, 1, q.settings.shard)?.waitsSince;
  const oldAt = q.now;
  q.enqueue("old");
  q.pass(1_000);
  const newAt = q.now;
  q.enqueue("new");
  q.enqueue("elsewhere", { needs: ["x"], priority: 100 });
  expect([waitsSince("old"), waitsSince("new")]).toEqual([oldAt, newAt]);
  q.pass(1_000);
  q.enqueue("urgent", { priority: 100 });
  expect(["old", "new", "urgent", "elsewhere"].map(waitsSince)).toEqual([q.now, q.now, q.now, newAt]);
  q.enqueue("later", { startAt: q.now - 1_000 + 9e6 });
  expect(waitsSince("later"), "one that does not wait in its lane yet").toBe(q.now - 1_000 + 9e6);
  expect(q.mustLease().jobId).toBe("urgent");
  expect([waitsSince("old"), waitsSince("new")]).toEqual([oldAt, newAt]);
});

test("the usual time is that of tasks with the same needs, where a recipe makes several", () => {
  const q = queue();
  const tasks = ["plan", "encode"].map((need) => ({
    taskId: need,
    needs: [need],
    recipe: "x@1",
    payload: "{}",
    part: need,
  }));
  q.enqueue("film", { tasks });
  for (const [need, ms] of [
    ["plan", 100],
    ["encode", 9_000],
  ] as const) {
    const held = q.mustLease("r1", { capabilities: [need] });
    q.pass(ms);
    q.complete(held);
  }
  q.enqueue("other", { recipe: "x@1", needs: ["plan"] });
  expect(waitingTaskOf(q.store, "other", 1, q.settings.shard)?.typicalMs).toBe(100);
  q.enqueue("third", { recipe: "x@1", needs: ["elsewhere"] });
  expect(waitingTaskOf(q.store, "third", 1, q.settings.shard)?.typicalMs).toBe(4_550);
});

test("another run, or one that has ended, is not known to wait", () => {
  const q = queue();
  q.enqueue("j", { run: 2 });
  expect([1, 2, 3].map((run) => waitingTaskOf(q.store, "j", run, q.settings.shard)?.state)).toEqual([
    undefined,
    "ready",
    undefined,
  ]);
  q.cancel("j", 2);
  expect(waitingTaskOf(q.store, "j", 2, q.settings.shard)).toBeNull();
});

test("a paused runner has room for nothing, one on trial for one task, any other for all its slots", () => {
  const q = queue();
  for (let job = 0; job < 5; job++) {
    q.enqueue(`bad-${job}`);
    q.fail(q.mustLease("broken"), false, { code: "runner_error", message: "x" });
  }
  const room = () => ["broken", "sound"].map((runner) => new Pauses(q.store).roomOf(runner, 4));
  expect(room()).toEqual([0, 4]);
  q.tickAtDeadline();
  expect(room()).toEqual([1, 4]);
  q.enqueue("trial");
  const trial = q.mustLease("broken");
  expect(room()).toEqual([0, 4]);
  q.complete(trial);
  expect(room()).toEqual([4, 4]);
});

test("of a tenant that runs all it may, its own go before it and nobody else's", () => {
  const q = queue();
  const shareOf = (job: string) => waitingTaskOf(q.store, job, 1, q.settings.shard)?.fullShare;
  q.limit("ten", 2);
  for (const job of ["a1", "a2", "a3", "mine"]) q.enqueue(job);
  for (const job of ["b1", "b2", "b3"]) q.enqueue(job, { tenantId: "other" });
  expect([shareOf("mine"), aheadOf(q, "mine"), aheadOf(q, "b1")]).toEqual([null, 3 + 3, 1]);
  const leased = [1, 2, 3, 4].map(() => q.mustLease().jobId);
  expect(leased).toEqual(["b1", "a1", "b2", "a2"]);
  expect([shareOf("mine"), aheadOf(q, "mine")]).toEqual([{ running: 2, most: 2 }, 1]);
  expect(aheadOf(q, "b3"), "who may have nothing now is ahead of nobody").toBe(0);
  q.limit("ten", 1);
  expect(shareOf("mine"), "what was leased before goes on").toEqual({ running: 2, most: 1 });
  expect(shareOf("b3")).toBeNull();
});
