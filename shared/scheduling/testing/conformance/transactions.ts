import { expect } from "vitest";
import { QueueDriver } from "../queue-driver.ts";
import { event, task, view } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** All or nothing, nested ones included. */
export function transactions(test: StoreTest): void {
  test("leave nothing behind when they throw", (store) => {
    const q = new QueueDriver(store);
    q.enqueue("j1");
    q.acknowledge();
    const before = view(store);
    const failing = () =>
      store.transaction(() => {
        q.complete(q.mustLease());
        q.acknowledge(1);
        q.enqueue("j2");
        q.cancel("j3");
        throw new Error("power cut");
      });
    expect(failing).toThrow("power cut");
    expect(view(store)).toEqual(before);
    expect(q.mustLease().epoch).toBe(1);
  });

  test("undo an inner one alone, and an inner one that went well with the outer one", (store) => {
    const q = new QueueDriver(store);
    store.transaction(() => {
      q.enqueue("j1");
      const failing = () =>
        store.transaction(() => {
          q.enqueue("j2");
          throw new Error("inner");
        });
      expect(failing).toThrow("inner");
    });
    expect([store.job("j1")?.state, store.job("j2")]).toEqual(["active", undefined]);
    const outer = () =>
      store.transaction(() => {
        store.transaction(() => q.enqueue("j3"));
        throw new Error("outer");
      });
    expect(outer).toThrow("outer");
    expect(store.job("j3")).toBeUndefined();
  });

  test("apply all writes or none", (store) => {
    const writes = [
      { op: "putTask", task },
      { op: "appendEvent", event },
      { op: "appendEvent", event },
    ] as const;
    expect(() => store.apply(writes)).toThrow();
    expect([store.task("t1"), store.lastSequence()]).toEqual([undefined, 0]);
  });
}

/** A store over the same rows goes on as if nothing had been. */
export function restart(test: StoreTest): void {
  test("goes on where it was: leases, counters, sequences", (store, reopen) => {
    const q = new QueueDriver(store);
    q.enqueue("j1");
    q.enqueue("j2", { startAt: q.now + 1_000 });
    const held = q.mustLease();
    q.acknowledge();
    const before = view(store);
    const next = new QueueDriver(reopen ? reopen() : store);
    expect(view(next.store)).toEqual(before);
    expect(next.complete(held)).toBe("completed");
    expect(next.store.events(0, 9).map((each) => each.sequence)).toEqual([2]);
    next.tickAtDeadline();
    expect(next.mustLease().jobId).toBe("j2");
  });
}
