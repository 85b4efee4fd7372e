import { describe, expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = () => new QueueDriver(new MemoryStore(), { leaseMs: 30_000, outageMs: 5_000, maxRetries: 3 });

function leased() {
  const q = queue();
  q.enqueue("j");
  return { q, task: q.mustLease() };
}

describe("a heartbeat", () => {
  it("moves the stored expiry only when half of the lease is gone", () => {
    const { q, task } = leased();
    const expiresAt = q.now + 30_000;
    q.pass(14_999);
    expect(q.beat(task)).toMatchObject({ verdict: "keep", extended: false, expiresAt });
    q.pass(1);
    expect(q.beat(task)).toMatchObject({ verdict: "keep", extended: true, expiresAt: expiresAt + 15_000 });
    expect(q.store.task(task.taskId)?.leaseExpiresAt).toBe(expiresAt + 15_000);
  });

  it("saves a lease that has run out but was not taken back yet", () => {
    const { q, task } = leased();
    q.pass(30_001);
    expect(q.beat(task)).toMatchObject({ verdict: "keep", extended: true });
    q.tick();
    expect(q.complete(task)).toBe("completed");
  });

  it("hears `lost` for another epoch, another's task and an unknown one", () => {
    const { q, task } = leased();
    expect(q.beat({ ...task, epoch: task.epoch + 1 })?.verdict).toBe("lost");
    expect(q.beat({ ...task, runnerId: "r2" })?.verdict).toBe("lost");
    expect(q.beat({ ...task, taskId: "nothing" })?.verdict).toBe("lost");
    q.fail(task);
    expect(q.beat(task)).toMatchObject({ verdict: "lost", expiresAt: null });
  });

  it("hears `keep` while the answer to its own completion is under way", () => {
    const { q, task } = leased();
    q.complete(task);
    expect(q.beat(task)).toMatchObject({ verdict: "keep", expiresAt: null, extended: false });
  });

  it("writes the runner's row when it describes itself anew, or after half a lease", () => {
    const { q, task } = leased();
    const seenAt = q.now;
    q.pass(14_999);
    q.beat(task);
    expect(q.store.runner("r1")?.lastSeenAt).toBe(seenAt);
    q.lease("r1", { slots: 3 });
    expect(q.store.runner("r1")).toMatchObject({ lastSeenAt: seenAt + 14_999, slots: 3 });
    q.lease("r1", { slots: 3, capabilities: ["b", "a", "b"] });
    expect(q.store.runner("r1")?.capabilities).toEqual(["a", "b"]);
    q.pass(15_000);
    q.lease("r1", { slots: 3, capabilities: ["a", "b"] });
    expect(q.store.runner("r1")?.lastSeenAt).toBe(seenAt + 29_999);
  });
});

describe("a completion", () => {
  it("is accepted once; its repeat is told the same and changes nothing", () => {
    const { q, task } = leased();
    expect(q.complete(task)).toBe("completed");
    expect(q.complete(task)).toBe("completed");
    expect(q.eventTypes()).toEqual(["job.started", "job.succeeded"]);
    expect(q.store.tenant("ten")?.activeLeases).toBe(0);
  });

  it("is refused from an older epoch and from another runner", () => {
    const { q, task } = leased();
    q.pass(30_000);
    q.tick();
    q.tickAtDeadline();
    const second = q.mustLease("r2");
    expect(second).toMatchObject({ attempt: 2, epoch: task.epoch + 1 });
    expect(q.complete(task)).toBe("lease_lost");
    expect(q.complete({ ...second, runnerId: "r1" })).toBe("lease_lost");
    expect(q.complete(second)).toBe("completed");
    expect(q.complete(task)).toBe("lease_lost");
  });

  it("is accepted after the lease ran out, as long as nobody took it back", () => {
    const { q, task } = leased();
    q.pass(60_000);
    expect(q.complete(task)).toBe("completed");
  });
});

describe("a hand-back", () => {
  it("does not count as an attempt, and keeps its place in line", () => {
    const { q, task } = leased();
    q.pass(10);
    q.enqueue("behind");
    expect(q.release(task)).toBe("released");
    const again = q.mustLease("r2");
    expect(again).toMatchObject({ taskId: task.taskId, attempt: 1, epoch: task.epoch + 1, attempts: [] });
    expect(q.eventTypes("j")).toEqual(["job.started", "job.requeued", "job.started"]);
  });

  it("can be kept away for a while", () => {
    const { q, task } = leased();
    q.release(task, 2_000);
    expect(q.lease()).toBeNull();
    q.tickAtDeadline();
    expect(q.mustLease().taskId).toBe(task.taskId);
  });

  it("without end dies of the queue deadline", () => {
    const { q, task } = leased();
    let held = task;
    for (let day = 0; day < 8; day++) {
      q.release(held, 86_400_000);
      q.tickAtDeadline();
      const next = q.lease();
      if (next) held = { ...next, runnerId: "r1" };
    }
    expect(q.store.task(task.taskId)).toMatchObject({ state: "dead", error: { code: "queue_timeout" }, attempt: 0 });
  });
});

describe("a failure", () => {
  it("is tried again after a backoff, and says so", () => {
    const { q, task } = leased();
    expect(q.fail(task)).toBe("retrying");
    expect(q.store.task(task.taskId)).toMatchObject({ state: "delayed", readyAt: q.now + 1_000, attempt: 1 });
    expect(q.fail(task)).toBe("lease_lost");
    q.tickAtDeadline();
    expect(q.mustLease().attempt).toBe(2);
    expect(q.eventTypes()).toEqual(["job.started", "job.requeued", "job.started"]);
  });

  it("ends the job at once when trying again can't help", () => {
    const { q, task } = leased();
    expect(q.fail(task, false)).toBe("dead");
    expect(q.store.events(1, 1)[0]).toMatchObject({ type: "job.failed", error: { code: "encode_failed" }, attempt: 1 });
    expect(q.store.counts().dead).toBe(1);
  });

  it("ends the job when the retries are used up, with how every attempt ended", () => {
    const { q, task } = leased();
    const replies = [q.fail(task)];
    for (const _retry of [1, 2, 3]) {
      q.tickAtDeadline();
      replies.push(q.fail(q.mustLease()));
    }
    expect(replies).toEqual(["retrying", "retrying", "retrying", "dead"]);
    expect(q.store.task(task.taskId)?.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, "failed"],
      [2, "failed"],
      [3, "failed"],
      [4, "failed"],
    ]);
  });
});
