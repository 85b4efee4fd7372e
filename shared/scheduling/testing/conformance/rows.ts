import { expect } from "vitest";
import type { JobRecord, QueueEvent, TaskRecord } from "../../records.ts";
import { error, event, job, put, task, view } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** Every field comes back as it was put, and changes and goes; an empty store answers as one. */
export function rows(test: StoreTest): void {
  test("come back as they were put, and change in every field but their ids", (store) => {
    put(store, task);
    expect(store.task("t1")).toEqual(task);
    const changed: TaskRecord = {
      ...task,
      tenantId: "ten2",
      part: "encode:12",
      order: -7,
      unblocks: "t2",
      waits: 3,
      state: "dead",
      needs: "",
      recipe: "probe",
      rank: 2 ** 52,
      priority: 0,
      readyAt: 1,
      waitsSince: 9,
      queueDeadlineAt: 2,
      attempt: 4,
      maxRetries: 0,
      epoch: 3_000_001,
      lastEpoch: 3_000_002,
      runnerId: "r1",
      leasedAt: 3,
      leaseExpiresAt: 4,
      outageRenewed: true,
      hedgeable: true,
      hedged: true,
      rival: { epoch: 3_000_002, runnerId: "r2", leasedAt: 5, leaseExpiresAt: 6, outageRenewed: true },
      payload: "[]",
      error,
      result: '{"ü":1}',
      attempts: [{ attempt: 1, runnerId: "r1", startedAt: 3, endedAt: 4, outcome: "failed", error }],
    };
    put(store, changed);
    expect(store.task("t1")).toEqual(changed);
    expect(store.tasksOfJob("j1")).toEqual([changed]);
    store.apply([{ op: "deleteTask", taskId: "t1" }]);
    expect([store.task("t1"), store.tasksOfJob("j1")]).toEqual([undefined, []]);
  });

  test("of jobs, tenants, runners and events too", (store) => {
    const share = { maxRunning: 3, setAt: 8 };
    const tenant = { tenantId: "ten1", activeLeases: 2, lastLeaseOrder: 9, share };
    const runner = {
      runnerId: "r1",
      capabilities: ["a", "b"],
      slots: 2,
      draining: true,
      version: "1",
      holdBackMs: 600_000,
      lastSeenAt: 7,
      failures: [{ at: 6, jobId: "j1", tenantId: "ten1", part: "encode:12", code: error.code }],
    };
    const ended: JobRecord = {
      ...job,
      state: "failed",
      running: true,
      recentMs: [5, 3],
      hedges: 1,
      hedgeAt: 7,
      endedAt: 8,
      lastEventSequence: 4,
      openTasks: 0,
      doneTasks: 7,
    };
    const completed: QueueEvent = {
      ...event,
      sequence: 3,
      type: "task.completed",
      taskId: "t1",
      part: "encode:12",
      result: "{}",
      hedge: "won",
    };
    const failed: QueueEvent = { ...event, sequence: 2, type: "job.failed", error, result: "{}", runnerId: null };
    store.apply([
      { op: "putJob", job },
      { op: "putTenant", tenant: { ...tenant, activeLeases: 0 } },
      { op: "putTenant", tenant },
      { op: "putRunner", runner },
      { op: "appendEvent", event },
      { op: "appendEvent", event: failed },
      { op: "appendEvent", event: completed },
    ]);
    expect(store.job("j1")).toEqual(job);
    store.apply([{ op: "putJob", job: ended }]);
    expect([store.job("j1"), store.tenant("ten1"), store.runner("r1")]).toEqual([ended, tenant, runner]);
    expect([store.events(0, 10), store.events(1, 10), store.events(0, 1)]).toEqual([
      [event, failed, completed],
      [failed, completed],
      [event],
    ]);
    expect(store.lastLeaseOrder()).toBe(9);
    store.apply([
      { op: "deleteJob", jobId: "j1" },
      { op: "deleteRunner", runnerId: "r1" },
    ]);
    expect([store.job("j1"), store.runner("r1"), store.jobsEnded(99, 9)]).toEqual([undefined, undefined, []]);
  });

  test("are none at first", (store) => {
    expect(view(store)).toEqual({
      jobs: [null, null, null],
      tasks: [[], [], []],
      due: [[], [], []],
      tenants: [null, null],
      runners: [],
      leaseCounts: {},
      lanes: [],
      lines: [],
      delayed: [],
      leased: [],
      limited: [],
      toHedge: [],
      unhedged: [[], [], []],
      waiting: [],
      ended: [],
      latest: [],
      breakers: [],
      paused: [],
      breakersDue: [],
      unseen: [],
      events: [],
      lastSequence: 0,
      acknowledged: 0,
      lastLeaseOrder: 0,
      nextDeadline: null,
      nextHedge: null,
      counts: {
        ready: 0,
        delayed: 0,
        lined: 0,
        blocked: 0,
        leased: 0,
        dead: 0,
        oldestReadyAt: null,
        unacknowledgedEvents: 0,
      },
    });
  });
}
