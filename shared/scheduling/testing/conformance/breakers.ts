import { expect } from "vitest";
import type { BreakerRecord } from "../../records.ts";
import { breaker, put, task } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** Who is paused, whose pause ends, and who has been quiet. */
export function breakers(test: StoreTest): void {
  test("come back as they were put, and are found by key, state and time", (store) => {
    const open: BreakerRecord = {
      ...breaker,
      key: "preset:x@1:ten1",
      state: "open",
      openings: 2,
      openedAt: 5,
      retryAt: 40,
      lastFailureAt: 9,
    };
    const halfOpen: BreakerRecord = {
      ...open,
      key: "tenant:ten1",
      state: "half_open",
      retryAt: 3,
      trial: { taskId: "t1", epoch: 4 },
      failures: [],
    };
    store.apply([breaker, open, halfOpen].map((each) => ({ op: "putBreaker", breaker: each })));
    expect(store.breakers(["tenant:ten1", "runner:r1", "runner:r2"])).toEqual([breaker, halfOpen]);
    expect(store.pausedBreakers()).toEqual([open, halfOpen]);
    expect([store.breakersDue(39, 9), store.breakersDue(40, 9)]).toEqual([[], [open]]);
    expect(store.breakersQuietSince(7, 9)).toEqual([breaker]);
    expect(store.breakersQuietSince(9, 2)).toEqual([open, breaker]);
    expect(store.nextDeadline()).toBe(40);
    put(store, { ...task, queueDeadlineAt: 39 });
    expect(store.nextDeadline()).toBe(39);
    store.apply([
      { op: "putBreaker", breaker: { ...open, state: "closed", retryAt: null } },
      { op: "deleteBreaker", key: "tenant:ten1" },
    ]);
    expect([store.pausedBreakers(), store.breakersDue(99, 9)]).toEqual([[], []]);
  });
}
