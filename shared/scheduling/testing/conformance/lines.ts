import { expect } from "vitest";
import { ids, put, task } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** The tasks of a job that wait behind one of their own needs. */
export function lines(test: StoreTest): void {
  test("have at their front what stands in the lane unleased, behind it the smallest order, then the smallest id", (store) => {
    const line = { jobId: "j1", needs: "a" };
    put(
      store,
      { ...task, ...line, taskId: "leased", state: "leased", runnerId: "r1", leasedAt: 5, leaseExpiresAt: 9 },
      { ...task, ...line, taskId: "again", leasedAt: 5 },
      { ...task, ...line, taskId: "blocked", state: "blocked", waits: 1 },
      { ...task, ...line, taskId: "l1", state: "lined", order: 2 },
      { ...task, ...line, taskId: "l3", state: "lined", order: 1 },
      { ...task, ...line, taskId: "l2", state: "lined", order: 1 },
      { ...task, ...line, taskId: "other-needs", state: "lined", needs: "b", order: 0 },
      { ...task, ...line, taskId: "other-job", state: "lined", jobId: "j2", order: 0 },
    );
    expect([store.frontOf("j1", "a"), store.firstLined("j1", "a")?.taskId]).toEqual([undefined, "l2"]);
    put(store, { ...task, ...line, taskId: "front", state: "delayed" });
    put(store, { ...task, ...line, taskId: "l2", state: "canceled", order: 1 });
    expect([store.frontOf("j1", "a")?.taskId, store.firstLined("j1", "a")?.taskId]).toEqual(["front", "l3"]);
    put(store, { ...task, ...line, taskId: "front" });
    expect([store.frontOf("j1", "a")?.state, store.frontOf("j1", "b"), store.frontOf("j2", "a")]).toEqual([
      "ready",
      undefined,
      undefined,
    ]);
    expect(store.counts()).toMatchObject({ ready: 2, lined: 4, blocked: 1, leased: 1 });
    expect(ids(store.dueTasksOf("j1"))).toEqual(["again", "front", "leased"]);
    expect(ids(store.tasksOfJob("j1", 2))).toEqual(["again", "blocked"]);
    expect(store.nextDeadline()).toBe(9);
  });
}
