import { describe, expect, it } from "vitest";
import type { QueueSettings } from "../commands.ts";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";
import { workPerTick } from "./tick.ts";

const queue = (settings: Partial<QueueSettings> = {}) =>
  new QueueDriver(new MemoryStore(), { leaseMs: 30_000, outageMs: 5_000, maxRetries: 1, ...settings });

describe("a lost runner", () => {
  it("costs an attempt, and the task goes to another after a backoff", () => {
    const q = queue();
    q.enqueue("j");
    q.mustLease();
    q.tickAtDeadline();
    expect(q.store.task("t-j")).toMatchObject({
      state: "delayed",
      readyAt: q.now + 1_000,
      runnerId: null,
      attempts: [{ attempt: 1, runnerId: "r1", outcome: "lost", error: { code: "runner_lost" } }],
    });
    expect(q.store.events(1, 1)[0]).toMatchObject({ type: "job.requeued", runnerId: "r1", attempt: 1 });
  });

  it("again and again ends the job: a task that kills its host does not go round for ever", () => {
    const q = queue();
    q.enqueue("j");
    for (const runner of ["r1", "r2"]) {
      q.mustLease(runner);
      q.tickAtDeadline();
      q.tickAtDeadline();
    }
    expect(q.store.task("t-j")).toMatchObject({ state: "dead", error: { code: "runner_lost" } });
    expect(q.eventTypes().at(-1)).toBe("job.failed");
  });

  it("spreads the tasks it held over the backoff", () => {
    const q = queue();
    for (const job of ["1", "2", "3"]) {
      q.enqueue(job);
      q.mustLease();
    }
    q.tickAtDeadline();
    expect(new Set(["1", "2", "3"].map((job) => q.store.task(`t-${job}`)?.readyAt)).size).toBe(3);
  });
});

describe("an outage of the queue itself", () => {
  function afterOutage() {
    const q = queue();
    q.enqueue("j");
    const task = q.mustLease();
    q.pass(30_000 + 5_001);
    q.tick();
    return { q, task };
  }

  it("renews a lease once instead of blaming its runner", () => {
    const { q, task } = afterOutage();
    expect(q.store.task("t-j")).toMatchObject({
      state: "leased",
      epoch: task.epoch,
      leaseExpiresAt: q.now + 30_000,
      outageRenewed: true,
    });
    expect(q.beat(task)?.verdict).toBe("keep");
    expect(q.complete(task)).toBe("completed");
  });

  it("does not renew it a second time", () => {
    const { q } = afterOutage();
    q.pass(60_000);
    q.tick();
    expect(q.store.task("t-j")).toMatchObject({ state: "delayed", attempts: [{ outcome: "lost" }] });
  });

  it("is over for a lease with the next beat that prolongs it", () => {
    const { q, task } = afterOutage();
    q.pass(15_000);
    expect(q.beat(task)).toMatchObject({ extended: true });
    q.pass(60_000);
    q.tick();
    expect(q.store.task("t-j")).toMatchObject({ state: "leased", outageRenewed: true });
  });

  it("is not seen in a tick that is merely a little late", () => {
    const q = queue();
    q.enqueue("j");
    q.mustLease();
    q.pass(30_000 + 5_000);
    q.tick();
    expect(q.store.task("t-j")?.state).toBe("delayed");
  });
});

describe("waiting", () => {
  it("too long for a runner ends the job with queue_timeout", () => {
    const q = queue();
    q.enqueue("j", { needs: ["encode:av1"] });
    q.tickAtDeadline();
    expect(q.now).toBe(1_000_000 + q.settings.queuedMs);
    expect(q.store.events(0, 1)[0]).toMatchObject({ type: "job.failed", error: { code: "queue_timeout" }, attempt: 0 });
    expect(q.store.nextDeadline()).toBeUndefined();
  });

  it("is counted from a delayed start on", () => {
    const q = queue();
    const startAt = q.now + 30 * 86_400_000;
    q.enqueue("j", { startAt });
    q.tickAtDeadline();
    expect(q.now).toBe(startAt);
    expect(q.mustLease().jobId).toBe("j");
  });
});

describe("one tick", () => {
  it("does a bounded amount, and says when there may be more", () => {
    const q = queue();
    const startAt = q.now + 1_000;
    for (let job = 0; job < workPerTick + 1; job++) q.enqueue(`${job}`, { startAt });
    q.pass(1_000);
    expect(q.tick().more).toBe(true);
    expect(q.store.counts()).toMatchObject({ ready: workPerTick, delayed: 1 });
    expect(q.tick().more).toBe(false);
    expect(q.store.counts()).toMatchObject({ ready: workPerTick + 1, delayed: 0 });
  });
});

describe("forgetting", () => {
  it("comes after the retention, and not before the last event is acknowledged", () => {
    const q = queue();
    q.enqueue("j");
    q.complete(q.mustLease());
    q.acknowledge(1);
    q.pass(q.settings.retentionMs - 1);
    q.acknowledge();
    q.tick();
    expect(q.store.job("j")).toBeDefined();
    q.pass(1);
    q.tick();
    expect([q.store.job("j"), q.store.task("t-j")]).toEqual([undefined, undefined]);
  });

  it("waits for the acknowledgement however old the job is", () => {
    const q = queue();
    q.enqueue("j");
    q.complete(q.mustLease());
    q.acknowledge(1);
    q.pass(10 * q.settings.retentionMs);
    q.tick();
    expect(q.store.job("j")).toBeDefined();
    q.acknowledge(2);
    q.tick();
    expect(q.store.job("j")).toBeUndefined();
  });

  it("leaves what is still active, whatever its age", () => {
    const q = queue();
    q.enqueue("j", { startAt: q.now + 10 * q.settings.retentionMs });
    q.pass(9 * q.settings.retentionMs);
    q.tick();
    expect(q.store.job("j")?.state).toBe("active");
  });

  it("reaches runners that are not seen any more", () => {
    const q = queue();
    q.lease("gone");
    q.pass(q.settings.retentionMs);
    q.lease("here");
    q.tick();
    expect(q.store.runners().map((runner) => runner.runnerId)).toEqual(["here"]);
  });
});

describe("acknowledging", () => {
  it("drops the events up to there, goes on counting, and ignores what is older or not there yet", () => {
    const q = queue();
    q.enqueue("j");
    q.fail(q.mustLease());
    q.acknowledge(1);
    expect(q.store.events(0, 10).map((event) => event.sequence)).toEqual([2]);
    q.acknowledge(99);
    expect([q.store.lastSequence(), q.store.acknowledgedSequence()]).toEqual([2, 2]);
    q.acknowledge(1);
    expect(q.store.acknowledgedSequence()).toBe(2);
    q.tickAtDeadline();
    q.mustLease();
    expect(q.store.events(2, 10).map((event) => event.sequence)).toEqual([3]);
  });

  it("keeps what is young and among the last, to be read again", () => {
    const kept = (replayMs: number, replayEvents: number) => {
      const q = queue({ replayMs, replayEvents });
      for (const id of ["a", "b", "c", "d"]) {
        q.enqueue(id);
        q.cancel(id);
        q.pass(1_000);
      }
      q.acknowledge(3);
      const { unacknowledgedEvents } = q.store.counts();
      return [q.store.events(0, 10).map(({ sequence }) => sequence), q.store.lastSequence(), unacknowledgedEvents];
    };
    expect(kept(10_000, 10)).toEqual([[1, 2, 3, 4], 4, 1]);
    expect(kept(10_000, 1)).toEqual([[3, 4], 4, 1]);
    expect(kept(2_500, 10)).toEqual([[3, 4], 4, 1]);
    expect(kept(0, 10)).toEqual([[4], 4, 1]);
  });
});
