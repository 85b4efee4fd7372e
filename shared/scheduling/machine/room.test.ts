import { expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = () => new QueueDriver(new MemoryStore(), { leaseMs: 30_000, outageMs: 5_000, maxRetries: 3 });

it("gives a runner its next task while the results of the last one are on their way up", () => {
  const q = queue();
  for (const job of ["a", "b", "c"]) q.enqueue(job);
  q.mustLease("r1", { slots: 1 });
  expect(q.lease("r1", { slots: 1 })).toBeNull();
  expect(q.lease("r1", { slots: 1, delivering: 1 })).not.toBeNull();
  expect(q.lease("r1", { slots: 1, delivering: 1 })).toBeNull();
});

it("believes no runner that it delivers more than it has slots for", () => {
  const q = queue();
  for (const job of ["a", "b", "c"]) q.enqueue(job);
  q.mustLease("r1", { slots: 1, delivering: 100 });
  q.mustLease("r1", { slots: 1, delivering: 100 });
  expect(q.lease("r1", { slots: 1, delivering: 100 })).toBeNull();
});

it("gives nothing that needs what the runner's other tasks hold, and what needs less meanwhile", () => {
  const q = queue();
  q.enqueue("large", { tasks: [{ taskId: "large", needs: ["memory:8"], payload: "{}" }] });
  q.enqueue("small", { tasks: [{ taskId: "small", needs: [], payload: "{}" }] });
  const host = { slots: 4, capabilities: ["memory:4", "memory:8"] };
  expect(q.lease("r1", { ...host, taken: ["memory:8"] })).toMatchObject({ taskId: "small" });
  expect(q.lease("r1", { ...host, taken: ["memory:8"] })).toBeNull();
  expect(q.store.runner("r1")?.capabilities).toEqual(["memory:4", "memory:8"]);
  expect(q.lease("r1", host)).toMatchObject({ taskId: "large" });
});

it("keeps a task that turned out to need more for a runner that has it, in its place in line", () => {
  const q = queue();
  const needs = ["hardware:h265"];
  q.enqueue("deep", { tasks: [{ taskId: "deep", needs, payload: "{}" }] });
  q.now++;
  q.enqueue("later", { tasks: [{ taskId: "later", needs, payload: "{}" }] });
  const modest = { slots: 4, capabilities: ["hardware:h265"] };
  expect(q.release(q.mustLease("modest", modest), 0, ["hardware:h265.10bit.x2"])).toBe("released");
  expect(q.lease("modest", modest)).toMatchObject({ taskId: "later" });
  expect(q.lease("modest", modest)).toBeNull();
  const able = { slots: 4, capabilities: ["hardware:h265.10bit.x8"] };
  expect(q.lease("able", able)).toMatchObject({ taskId: "deep", attempt: 1 });
});
