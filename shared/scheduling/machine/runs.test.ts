import { describe, expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = () => new QueueDriver(new MemoryStore());
const twoTasks = ["a", "b"].map((taskId) => ({ taskId, needs: [], payload: "{}" }));

describe("runs of a job", () => {
  it("are taken in once, however often they arrive", () => {
    const q = queue();
    expect(q.enqueue("j")).toBe("enqueued");
    expect(q.enqueue("j")).toBe("duplicate");
    q.complete(q.mustLease());
    expect(q.enqueue("j")).toBe("duplicate");
    expect(q.lease()).toBeNull();
  });

  it("start the job anew when it had ended, and leave older ones stale", () => {
    const q = queue();
    q.enqueue("j");
    const first = q.mustLease();
    q.fail(first, false);
    expect(q.enqueue("j", { run: 2 })).toBe("enqueued");
    expect(q.enqueue("j", { run: 1 })).toBe("stale");
    const second = q.mustLease();
    expect(second.attempt).toBe(1);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(q.complete(first)).toBe("lease_lost");
    expect(q.complete(second)).toBe("completed");
    expect(q.store.events(0, 10).map(({ type, run }) => [type, run])).toEqual([
      ["job.started", 1],
      ["job.failed", 1],
      ["job.started", 2],
      ["job.succeeded", 2],
    ]);
  });

  it("never use an epoch twice, even when the earlier runs have been forgotten", () => {
    const q = queue();
    q.enqueue("j");
    const first = q.mustLease();
    q.cancel("j");
    q.acknowledge();
    q.pass(q.settings.retentionMs);
    q.tick();
    expect(q.store.task(first.taskId)).toBeUndefined();
    q.enqueue("j", { run: 2 });
    expect(q.mustLease().epoch).toBeGreaterThan(first.epoch);
  });

  it("end a run that is still active before a later one begins", () => {
    const q = queue();
    q.enqueue("j");
    const first = q.mustLease();
    q.enqueue("j", { run: 2 });
    expect(q.complete(first)).toBe("lease_lost");
    expect(q.store.tenant("ten")?.activeLeases).toBe(0);
    q.complete(q.mustLease());
    expect(q.eventTypes()).toEqual(["job.started", "job.canceled", "job.started", "job.succeeded"]);
  });

  it("may have many tasks: the job succeeds with the last, and runs as long as one of them does", () => {
    const q = queue();
    q.enqueue("j", { tasks: twoTasks });
    const a = q.mustLease();
    const b = q.mustLease();
    q.fail(a);
    q.complete(b);
    q.tickAtDeadline();
    q.complete(q.mustLease("r2"));
    expect(q.eventTypes()).toEqual(["job.started", "job.succeeded"]);
    expect(q.store.events(1, 1)[0]).toMatchObject({ runnerId: "r2", attempt: 2, result: '{"by":"r2"}' });
  });

  it("fail with their first dead task, and take the others along", () => {
    const q = queue();
    q.enqueue("j", { tasks: twoTasks });
    const a = q.mustLease();
    const b = q.mustLease("r2");
    expect(q.fail(a, false)).toBe("dead");
    expect(q.beat(b)?.verdict).toBe("cancel");
    expect(q.complete(b)).toBe("lease_lost");
    expect(q.store.tenant("ten")?.activeLeases).toBe(0);
    expect(q.store.job("j")).toMatchObject({ state: "failed", openTasks: 0 });
    expect(q.eventTypes()).toEqual(["job.started", "job.failed"]);
  });

  it("must have a task, and not one of another job", () => {
    const q = queue();
    expect(() => q.enqueue("j", { tasks: [] })).toThrow("no tasks");
    q.enqueue("j");
    expect(() => q.enqueue("k", { tasks: [{ taskId: "t-j", needs: [], payload: "{}" }] })).toThrow("of job j");
    expect(q.store.job("k")).toBeUndefined();
  });
});

describe("cancel", () => {
  it("stops what is leased and tells who held it", () => {
    const q = queue();
    q.enqueue("j");
    const task = q.mustLease();
    const stopped = [{ runnerId: "r1", taskId: task.taskId, epoch: task.epoch }];
    expect(q.cancel("j")).toEqual({ outcome: "canceled", stopped });
    expect(q.cancel("j")).toEqual({ outcome: "canceled", stopped: [] });
    expect(q.beat(task)?.verdict).toBe("cancel");
    expect(q.fail(task)).toBe("lease_lost");
    expect(q.release(task)).toBe("lease_lost");
    expect(q.store.task(task.taskId)?.attempts).toMatchObject([{ attempt: 1, outcome: "canceled" }]);
    expect(q.eventTypes()).toEqual(["job.started", "job.canceled"]);
  });

  it("reaches a task that waits for its next attempt", () => {
    const q = queue();
    q.enqueue("j");
    q.fail(q.mustLease());
    expect(q.cancel("j").outcome).toBe("canceled");
    q.pass(q.settings.retryMaxMs);
    q.tick();
    expect(q.lease()).toBeNull();
    expect(q.store.nextDeadline()).toBeUndefined();
  });

  it("comes too late for what has ended by itself, or has been started anew", () => {
    const q = queue();
    q.enqueue("j");
    q.complete(q.mustLease());
    expect(q.cancel("j").outcome).toBe("ended");
    q.enqueue("j", { run: 2 });
    expect(q.cancel("j", 1).outcome).toBe("ended");
    expect(q.mustLease().jobId).toBe("j");
  });

  it("that arrives before its enqueue is remembered, and ends the run by itself", () => {
    const q = queue();
    expect(q.cancel("j").outcome).toBe("canceled");
    expect(q.enqueue("j")).toBe("canceled");
    expect(q.lease()).toBeNull();
    expect(q.eventTypes()).toEqual(["job.canceled"]);
    expect(q.enqueue("j", { run: 2 })).toBe("enqueued");
  });
});
