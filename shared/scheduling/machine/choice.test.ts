import { describe, expect, it } from "vitest";
import { isAnyFor } from "../hold-back.ts";
import { MemoryStore } from "../memory-store.ts";
import type { Lane } from "../store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = () => new QueueDriver(new MemoryStore(), { priorityPointMs: 6_000 });

describe("which task a runner gets", () => {
  it("is one that needs only what the runner has", () => {
    const q = queue();
    q.enqueue("hevc", { needs: ["kind:transcode", "encode:h265"] });
    q.enqueue("probe", { needs: ["kind:probe"] });
    expect(q.lease("r1", { capabilities: ["kind:transcode", "encode:h264"] })).toBeNull();
    expect(q.mustLease("r1", { capabilities: ["kind:probe", "kind:transcode"] }).jobId).toBe("probe");
    expect(q.mustLease("r1", { capabilities: ["encode:h265", "kind:transcode", "label:x"] }).jobId).toBe("hevc");
  });

  it("is the tenant's oldest at equal priority, over all lanes that fit", () => {
    const q = queue();
    for (const [job, need] of [
      ["first", "b"],
      ["second", "a"],
      ["third", "b"],
    ] as const) {
      q.enqueue(job, { needs: [need] });
      q.pass(1);
    }
    const capabilities = ["a", "b"];
    expect([1, 2, 3].map(() => q.mustLease("r1", { capabilities }).jobId)).toEqual(["first", "second", "third"]);
  });

  it("goes by priority as a head start: 6 seconds a point, and not a millisecond more", () => {
    const q = queue();
    q.enqueue("old");
    q.pass(60_000);
    q.enqueue("late", { priority: 9 });
    q.enqueue("urgent", { priority: 11 });
    expect([1, 2, 3].map(() => q.mustLease().jobId)).toEqual(["urgent", "old", "late"]);
  });

  it("starves nobody: a stream of top priority passes an old task only for as long as its head start", () => {
    const q = queue();
    q.enqueue("patient", { priority: 0 });
    const order: string[] = [];
    for (let job = 0; job < 100; job++) {
      q.pass(10_001);
      q.enqueue(`urgent-${job}`, { priority: 100 });
      order.push(q.mustLease().jobId);
    }
    expect(order.indexOf("patient")).toBe(59);
  });
});

describe("which tenant's turn it is", () => {
  it("is the one with the fewest leases, however much another has queued", () => {
    const q = queue();
    for (let job = 0; job < 10; job++) q.enqueue(`bulk-${job}`, { tenantId: "bulk", priority: 100 });
    q.enqueue("small-1", { tenantId: "small" });
    q.enqueue("small-2", { tenantId: "small" });
    const tenants = [1, 2, 3, 4, 5].map(() => q.mustLease().tenantId);
    expect(tenants).toEqual(["bulk", "small", "bulk", "small", "bulk"]);
  });

  it("goes at equal leases to who has been longest without one", () => {
    const q = queue();
    for (const tenantId of ["a", "b", "c"]) for (const job of [1, 2, 3]) q.enqueue(`${tenantId}${job}`, { tenantId });
    const order: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const task = q.mustLease();
      order.push(task.tenantId);
      q.complete(task);
    }
    expect(order).toEqual(["a", "b", "c", "a", "b", "c"]);
  });
});

describe("a runner that holds back", () => {
  const holdBackMs = 60_000;
  const dear = { holdBackMs };

  it("gets what has been ready for so long, and nothing a millisecond before; others go first", () => {
    const q = queue();
    q.enqueue("1");
    q.enqueue("2");
    expect(q.lease("dear", dear)).toBeNull();
    expect(q.mustLease("cheap").jobId).toBe("1");
    q.pass(holdBackMs - 1);
    expect(q.lease("dear", dear)).toBeNull();
    q.pass(1);
    expect(q.mustLease("dear", dear).jobId).toBe("2");
  });

  it("waits no longer for what is tried again, was handed back, or was to start later", () => {
    const q = queue();
    q.enqueue("1");
    q.pass(holdBackMs - 1);
    q.release(q.mustLease("cheap"));
    expect(q.lease("dear", dear)).toBeNull();
    q.pass(1);
    q.fail(q.mustLease("dear", dear));
    q.tickAtDeadline();
    q.complete(q.mustLease("dear", dear));
    q.enqueue("2", { startAt: q.now + 1_000 });
    q.pass(1_000);
    q.tick();
    q.pass(holdBackMs - 1);
    expect(q.lease("dear", dear)).toBeNull();
    q.pass(1);
    expect(q.mustLease("dear", dear).jobId).toBe("2");
  });

  it("does not let what is older pass what is more urgent: the first of a lane decides for it", () => {
    const q = queue();
    q.enqueue("old");
    q.enqueue("elsewhere", { needs: ["x"] });
    q.pass(holdBackMs);
    q.enqueue("urgent", { priority: 100 });
    const able = { capabilities: ["x"], ...dear };
    expect(q.mustLease("dear", able).jobId).toBe("elsewhere");
    expect(q.lease("dear", able)).toBeNull();
    expect(q.mustLease("cheap").jobId).toBe("urgent");
    expect(q.mustLease("dear", able).jobId).toBe("old");
  });

  it("helps with a film that others have been at for so long, up to the last of what is lined up", () => {
    const q = queue();
    const chunks = [0, 1, 2, 3, 4, 5].map((order) => ({ taskId: `c${order}`, needs: [], payload: "{}", order }));
    q.enqueue("film", { tasks: chunks });
    q.pass(holdBackMs / 2);
    q.mustLease("cheap");
    expect(q.lease("dear", dear)).toBeNull();
    q.pass(holdBackMs / 2);
    q.mustLease("cheap");
    expect([1, 2, 3, 4].map(() => q.mustLease("dear", dear).taskId)).toEqual(["c2", "c3", "c4", "c5"]);
  });

  it("makes all of a film as soon as it may have its plan: each chunk, one that failed, and what joins them", () => {
    const q = queue();
    const chunk = (order: number) => ({ taskId: `c${order}`, needs: [], payload: "{}", order, unblocks: "end" });
    const end = { taskId: "end", needs: [], payload: "{}", part: "finish" };
    q.enqueue("film", { tasks: [{ taskId: "plan", needs: [], payload: "{}", part: "plan", unblocks: "end" }, end] });
    q.pass(holdBackMs - 1);
    expect(q.lease("dear", dear)).toBeNull();
    q.pass(1);
    q.complete(q.mustLease("dear", dear), [0, 1, 2].map(chunk));
    q.fail(q.mustLease("dear", dear));
    for (const taskId of ["c1", "c2", "c0", "end"]) {
      if (taskId === "c0") q.tickAtDeadline();
      const task = q.mustLease("dear", dear);
      expect(task.taskId).toBe(taskId);
      q.complete(task);
    }
  });

  it("is looked for no further than what it gets, and in no lane that it can't serve", () => {
    class WatchedStore extends MemoryStore {
      readonly looked: string[] = [];
      override firstReady(lane: Lane) {
        this.looked.push(`${lane.tenantId} ${lane.needs}`);
        return super.firstReady(lane);
      }
    }
    const store = new WatchedStore();
    const q = new QueueDriver(store);
    for (const tenantId of ["a", "b", "c"])
      for (const need of ["x", "y", "z"]) q.enqueue(`${tenantId}${need}`, { tenantId, needs: [need] });
    q.pass(holdBackMs);
    q.enqueue("urgent", { tenantId: "a", needs: ["x"], priority: 100 });
    const able = { capabilities: ["x", "y"], ...dear };
    store.looked.length = 0;
    expect(q.mustLease("dear", able).jobId, "the first tenant's other lane").toBe("ay");
    expect(store.looked).toEqual(["a x", "a y"]);
    store.looked.length = 0;
    expect(q.mustLease("dear", able).jobId).toBe("bx");
    expect(store.looked).toEqual(["b x", "b y"]);

    const lanes = store.readyLanes();
    const anyFor = (capabilities: string[], holdBackMs: number) => {
      store.looked.length = 0;
      return [isAnyFor(store, lanes, { capabilities: new Set(capabilities), holdBackMs }, q.now), [...store.looked]];
    };
    expect(anyFor(["x"], 0)).toEqual([true, []]);
    expect(anyFor(["w"], holdBackMs)).toEqual([false, []]);
    expect(anyFor(["x"], holdBackMs)).toEqual([true, ["a x", "c x"]]);
    expect(anyFor(["y"], holdBackMs + 1)).toEqual([false, ["b y", "c y"]]);
  });

  it("is remembered as one, until it says otherwise", () => {
    const q = queue();
    q.lease("dear", dear);
    expect(q.store.runner("dear")?.holdBackMs).toBe(holdBackMs);
    q.pass(1);
    q.lease("dear");
    expect(q.store.runner("dear")).toMatchObject({ holdBackMs: 0, lastSeenAt: q.now });
  });
});

describe("a runner gets nothing", () => {
  it("beyond its slots, counted from its live leases", () => {
    const q = queue();
    for (const job of ["1", "2", "3"]) q.enqueue(job);
    const first = q.mustLease("r1", { slots: 2 });
    q.mustLease("r1", { slots: 2 });
    expect(q.lease("r1", { slots: 2 })).toBeNull();
    q.complete(first);
    expect(q.lease("r1", { slots: 2 })).not.toBeNull();
  });

  it("while it drains, and is remembered as draining", () => {
    const q = queue();
    q.enqueue("1");
    expect(q.lease("r1", { draining: true })).toBeNull();
    expect(q.store.runner("r1")?.draining).toBe(true);
  });

  it("before a delayed start has come", () => {
    const q = queue();
    q.enqueue("later", { startAt: q.now + 5_000 });
    expect(q.lease()).toBeNull();
    expect(q.store.nextDeadline()).toBe(q.now + 5_000);
    q.tickAtDeadline();
    expect(q.mustLease().jobId).toBe("later");
  });
});
