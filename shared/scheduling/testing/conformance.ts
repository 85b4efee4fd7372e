import { describe, expect, it } from "vitest";
import type { BreakerRecord, JobRecord, QueueEvent, TaskRecord } from "../records.ts";
import type { QueueStore } from "../store.ts";
import { QueueDriver } from "./queue-driver.ts";
import { snapshot } from "./snapshot.ts";

/**
 * Runs `body` with a new, empty store: inside a Durable Object, or right here. `reopen` gives a store over the same
 * rows, as after a restart; null where nothing outlives the store.
 */
export type WithStore = (body: (store: QueueStore, reopen: (() => QueueStore) | null) => void) => Promise<void>;

const task: TaskRecord = {
  taskId: "t1",
  jobId: "j1",
  tenantId: "ten1",
  part: "",
  order: 0,
  unblocks: null,
  waits: 0,
  state: "ready",
  needs: "encode:h264 kind:transcode",
  recipe: "mp4-h264@1",
  rank: -600_000,
  priority: 100,
  readyAt: 1_700_000_000_000,
  queueDeadlineAt: 1_700_604_800_000,
  attempt: 0,
  maxRetries: 3,
  epoch: 0,
  lastEpoch: 0,
  runnerId: null,
  leasedAt: null,
  leaseExpiresAt: null,
  outageRenewed: false,
  hedgeable: false,
  hedged: false,
  rival: null,
  payload: '{"ü":"\\u0000 ✓"}',
  error: null,
  result: null,
  attempts: [],
};
const error = { code: "encode_failed", message: "Zeile 1\nline 2 🎞", logTail: "…" } as const;
const job: JobRecord = {
  jobId: "j1",
  tenantId: "ten1",
  run: 1,
  state: "active",
  openTasks: 1,
  doneTasks: 0,
  running: false,
  recentMs: [],
  hedges: 0,
  hedgeAt: null,
  endedAt: null,
  lastEventSequence: 0,
};
const event: QueueEvent = {
  sequence: 1,
  at: 5,
  type: "job.started",
  jobId: "j1",
  tenantId: "ten1",
  run: 1,
  taskId: null,
  part: null,
  attempt: 1,
  runnerId: "r1",
  error: null,
  result: null,
  hedge: null,
};

const breaker: BreakerRecord = {
  key: "runner:r1",
  state: "closed",
  failures: [{ jobId: "j1", runnerId: "r1" }],
  lastFailureAt: 7,
  lastCode: "encode_failed",
  openings: 0,
  openedAt: null,
  retryAt: null,
  trial: null,
};

const put = (store: QueueStore, ...tasks: TaskRecord[]) =>
  store.apply(tasks.map((each) => ({ op: "putTask", task: each })));
const ids = (tasks: readonly TaskRecord[]) => tasks.map((each) => each.taskId);
const view = (store: QueueStore) => snapshot(store, ["j1", "j2", "j3"], ["ten", "ten1"]);

/** What every QueueStore must do. */
export function queueStoreConformance(name: string, withStore: WithStore): void {
  const test = (title: string, body: Parameters<WithStore>[0]) => it(title, () => withStore(body));

  describe(`${name}: rows`, () => {
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
      const tenant = { tenantId: "ten1", activeLeases: 2, lastLeaseOrder: 9 };
      const runner = {
        runnerId: "r1",
        capabilities: ["a", "b"],
        slots: 2,
        draining: true,
        version: "1",
        lastSeenAt: 7,
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
        lanes: [],
        lines: [],
        delayed: [],
        leased: [],
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
  });

  describe(`${name}: ready lanes`, () => {
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
      store.apply([{ op: "putTenant", tenant: { tenantId: "ten2", activeLeases: 3, lastLeaseOrder: 5 } }]);
      const load = { ten2: { activeLeases: 3, lastLeaseOrder: 5 } };
      const none = { activeLeases: 0, lastLeaseOrder: 0 };
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
  });

  describe(`${name}: lines`, () => {
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
  });

  describe(`${name}: what comes due`, () => {
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
      const runner = { capabilities: [], slots: 1, draining: false, version: "1" };
      for (const [runnerId, lastSeenAt] of [
        ["r2", 5],
        ["r1", 9],
      ] as const)
        store.apply([{ op: "putRunner", runner: { ...runner, runnerId, lastSeenAt } }]);
      expect(store.runnersUnseenSince(9, 5).map((each) => each.runnerId)).toEqual(["r1", "r2"]);
      expect(store.runnersUnseenSince(8, 5).map((each) => each.runnerId)).toEqual(["r2"]);
    });
  });

  describe(`${name}: hedges`, () => {
    const claim = { epoch: 5, runnerId: "r2", leasedAt: 25, leaseExpiresAt: 45, outageRenewed: false };
    const leased = { ...task, state: "leased", hedgeable: true, runnerId: "r1", epoch: 4, leaseExpiresAt: 50 } as const;

    test("are leases of both runners, and due with the first of the two", (store) => {
      put(store, { ...leased, taskId: "t1", leasedAt: 20, hedged: true, rival: claim });
      put(store, { ...leased, taskId: "t2", leasedAt: 21, runnerId: "r2", leaseExpiresAt: 60 });
      const epochs = (runnerId: string) => store.leasesOf(runnerId).map(({ taskId, epoch }) => [taskId, epoch]);
      expect([epochs("r1"), epochs("r2")]).toEqual([
        [["t1", 4]],
        [
          ["t1", 5],
          ["t2", 4],
        ],
      ]);
      expect(store.leasesOf("r2")[0]?.rival).toMatchObject({ epoch: 4, runnerId: "r1", leasedAt: 20 });
      expect([ids(store.leasesExpired(44, 9)), ids(store.leasesExpired(45, 9))]).toEqual([[], ["t1"]]);
      put(store, { ...leased, taskId: "t1", leasedAt: 20, hedged: true, state: "canceled", rival: claim });
      expect([epochs("r1"), epochs("r2").length, store.nextDeadline()]).toEqual([[], 1, 60]);
    });

    test("are found by what has been leased longest, in the job that has waited longest", (store) => {
      put(
        store,
        { ...leased, taskId: "t1", leasedAt: 30 },
        { ...leased, taskId: "t2", leasedAt: 20 },
        { ...leased, taskId: "t3", leasedAt: 10, hedged: true, rival: claim },
        { ...leased, taskId: "t4", leasedAt: 10, hedgeable: false },
        { ...leased, taskId: "t5", leasedAt: 10, jobId: "j2" },
        { ...leased, taskId: "t6", leasedAt: 10, state: "done" },
      );
      expect([
        ids(store.unhedged("j1", 30, 9)),
        ids(store.unhedged("j1", 29, 9)),
        ids(store.unhedged("j1", 30, 1)),
      ]).toEqual([["t2", "t1"], ["t2"], ["t2"]]);
      const at = (jobId: string, hedgeAt: number | null) =>
        store.apply([{ op: "putJob", job: { ...job, jobId, recentMs: [4], hedgeAt } }]);
      at("j1", 70);
      at("j2", 60);
      at("j3", null);
      expect(store.jobsToHedge(70, 9).map(({ jobId }) => jobId)).toEqual(["j2", "j1"]);
      expect([store.jobsToHedge(69, 9).length, store.jobsToHedge(70, 1).length]).toEqual([1, 1]);
      expect([store.nextDeadline(), store.nextDeadline(0), store.nextDeadline(60), store.nextDeadline(70)]).toEqual([
        45, 45, 45, 45,
      ]);
      for (const id of ["t1", "t2", "t3", "t4", "t5"]) put(store, { ...task, taskId: id, state: "done" });
      expect([store.nextDeadline(), store.nextDeadline(0), store.nextDeadline(60), store.nextDeadline(70)]).toEqual([
        undefined,
        60,
        70,
        undefined,
      ]);
      at("j2", null);
      expect(store.jobsToHedge(99, 9).map(({ jobId }) => jobId)).toEqual(["j1"]);
    });
  });

  describe(`${name}: breakers`, () => {
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
  });

  describe(`${name}: transactions`, () => {
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
  });

  describe(`${name}: a restart`, () => {
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
  });
}
