import { expect } from "vitest";
import { ids, job, put, task } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** What each deadline finds, earliest first, and when the next is. */
export function whatComesDue(test: StoreTest): void {
  test("is listed earliest first, up to its time and limit", (store) => {
    for (const [id, at] of [
      ["t3", 30],
      ["t1", 10],
      ["t2", 10],
      ["t4", 40],
    ] as const) {
      put(
        store,
        { ...task, taskId: `ready-${id}`, queueDeadlineAt: at },
        { ...task, taskId: `delayed-${id}`, state: "delayed", readyAt: at, queueDeadlineAt: 0 },
        {
          ...task,
          taskId: `leased-${id}`,
          state: "leased",
          runnerId: "r1",
          leasedAt: 1,
          leaseExpiresAt: at,
          queueDeadlineAt: 0,
        },
      );
    }
    expect(ids(store.delayedDue(30, 10))).toEqual(["delayed-t1", "delayed-t2", "delayed-t3"]);
    expect(ids(store.leasesExpired(29, 10))).toEqual(["leased-t1", "leased-t2"]);
    expect(ids(store.queueDeadlinesPassed(99, 3))).toEqual(["ready-t1", "ready-t2", "ready-t3"]);
    expect(ids(store.leasesOf("r1"))).toEqual(["leased-t1", "leased-t2", "leased-t3", "leased-t4"]);
    expect(store.nextDeadline()).toBe(10);
    expect(store.counts()).toMatchObject({ ready: 4, delayed: 4, leased: 4, dead: 0, oldestReadyAt: task.readyAt });
    put(store, { ...task, taskId: "leased-t1", state: "done", runnerId: "r1" });
    expect(ids(store.leasesExpired(99, 1))).toEqual(["leased-t2"]);
    expect(store.leasesOf("r1").length).toBe(3);
  });

  test("takes in jobs that ended and runners that are gone", (store) => {
    store.apply(
      [
        ["j3", 30],
        ["j1", 10],
        ["j2", null],
      ].map(([jobId, endedAt]) => ({
        op: "putJob",
        job: { ...job, jobId: String(jobId), endedAt: endedAt === null ? null : Number(endedAt) },
      })),
    );
    expect(store.jobsEnded(30, 5).map((each) => each.jobId)).toEqual(["j1", "j3"]);
    expect(store.latestEnded(1).map((each) => each.jobId)).toEqual(["j3"]);
    expect(store.jobsEnded(29, 5).map((each) => each.jobId)).toEqual(["j1"]);
    const runner = { capabilities: [], slots: 1, draining: false, version: "1", holdBackMs: 0 };
    for (const [runnerId, lastSeenAt] of [
      ["r2", 5],
      ["r1", 9],
    ] as const)
      store.apply([{ op: "putRunner", runner: { ...runner, runnerId, failures: [], lastSeenAt } }]);
    expect(store.runnersUnseenSince(9, 5).map((each) => each.runnerId)).toEqual(["r1", "r2"]);
    expect(store.runnersUnseenSince(8, 5).map((each) => each.runnerId)).toEqual(["r2"]);
  });
}
