import { expect } from "vitest";
import { put, task } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** Which lanes hold ready work, and which task of one comes first. */
export function readyLanes(test: StoreTest): void {
  test("are each found once, however many tasks they hold, with their tenant's load", (store) => {
    const lanes = ["", "a", "a b", "b"].flatMap((needs) =>
      ["ten1", "ten2", "ten3"].flatMap((tenantId) =>
        ["", "x@1", "x@10"].map((recipe) => ({ needs, tenantId, recipe })),
      ),
    );
    put(
      store,
      ...lanes.flatMap((lane, index) =>
        Array.from({ length: 1 + (index % 4) }, (_, number) => ({ ...task, ...lane, taskId: `t${index}-${number}` })),
      ),
      { ...task, taskId: "delayed", needs: "z", state: "delayed" },
    );
    const share = { maxRunning: 4, setAt: 9 };
    store.apply([{ op: "putTenant", tenant: { tenantId: "ten2", activeLeases: 3, lastLeaseOrder: 5, share } }]);
    const load = { ten2: { activeLeases: 3, lastLeaseOrder: 5, maxRunning: 4 } };
    const none = { activeLeases: 0, lastLeaseOrder: 0, maxRunning: null };
    expect(store.readyLanes()).toEqual(
      lanes.map((lane) => ({ ...lane, ...(lane.tenantId === "ten2" ? load.ten2 : none) })),
    );
    put(store, { ...task, ...lanes[0], taskId: "t0-0", state: "canceled" });
    expect(store.readyLanes().length).toBe(lanes.length - 1);
  });

  test("give their smallest rank first, then the smallest id", (store) => {
    const lane = { needs: "a", tenantId: "ten1", recipe: "x@1" };
    put(
      store,
      { ...task, ...lane, taskId: "t2", rank: 5 },
      { ...task, ...lane, taskId: "t1", rank: 5 },
      { ...task, ...lane, taskId: "t3", rank: -5 },
      { ...task, ...lane, tenantId: "ten2", taskId: "t4", rank: -50 },
      { ...task, ...lane, recipe: "y@1", taskId: "t5", rank: -50 },
    );
    expect(store.firstReady(lane)?.taskId).toBe("t3");
    put(store, { ...task, ...lane, taskId: "t3", rank: 6 });
    expect(store.firstReady(lane)?.taskId).toBe("t1");
    expect(store.firstReady({ ...lane, tenantId: "nobody" })).toBeUndefined();
    expect(store.readyBefore(lane, { rank: 6, taskId: "t3" }, 9)).toBe(2);
    expect(store.readyBefore(lane, { rank: 6, taskId: "t4" }, 9)).toBe(3);
    expect(store.readyBefore(lane, { rank: 6, taskId: "t4" }, 2)).toBe(2);
    expect(store.readyBefore(lane, { rank: 5, taskId: "t1" }, 9)).toBe(0);
  });
}
