import { describe, expect, it } from "vitest";
import type { JobError } from "../../contracts/job-error.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { MemoryStore } from "../memory-store.ts";
import type { TaskRecord } from "../records.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const pauseMs = 60_000;
const queue = () => new QueueDriver(new MemoryStore(), { maxRetries: 0 });
const error = (code: ErrorCode): JobError => ({ code, message: "it failed" });
const states = (q: QueueDriver) => Object.fromEntries(q.store.pausedBreakers().map(({ key, state }) => [key, state]));
let jobs = 0;

/** As many new jobs as there are codes, each leased by the runner at once and failed with its code. */
function failJobs(q: QueueDriver, codes: readonly ErrorCode[], more: Parameters<typeof q.enqueue>[1] = {}, by = "r1") {
  for (const code of codes) {
    q.enqueue(`bad-${jobs++}`, more);
    q.fail(q.mustLease(by), false, error(code));
  }
}
const times = (count: number, code: ErrorCode = "encode_failed") => Array.from({ length: count }, () => code);

describe("a recipe that keeps failing", () => {
  it("is paused after five jobs in a row; other recipes of the tenant, and the same of others, go on", () => {
    const q = queue();
    failJobs(q, times(4), { recipe: "x@1" });
    expect(states(q)).toEqual({});
    failJobs(q, times(1), { recipe: "x@1" });
    expect(states(q)).toEqual({ "preset:x@1:ten": "open" });
    q.enqueue("paused", { recipe: "x@1", priority: 100 });
    q.enqueue("other recipe", { recipe: "y@1" });
    q.enqueue("other tenant", { recipe: "x@1", tenantId: "ten2" });
    expect([q.mustLease().jobId, q.mustLease().jobId, q.lease()]).toEqual(["other tenant", "other recipe", null]);
    expect(q.store.task("t-paused")?.state).toBe("ready");
  });

  it("does not open by one job, however often it fails", () => {
    const q = new QueueDriver(new MemoryStore(), { maxRetries: 50 });
    q.enqueue("poison", { recipe: "x@1" });
    for (let attempt = 0; attempt < 30; attempt++) {
      q.fail(q.mustLease());
      q.tickAtDeadline();
    }
    expect(states(q)).toEqual({});
  });

  it("begins a new run with each success, and after a quiet hour", () => {
    const q = queue();
    failJobs(q, times(4), { recipe: "x@1" });
    q.enqueue("good", { recipe: "x@1" });
    q.complete(q.mustLease());
    failJobs(q, times(4), { recipe: "x@1" });
    q.pass(3_600_001);
    failJobs(q, times(4), { recipe: "x@1" });
    expect(states(q)).toEqual({});
  });

  it("is not blamed for bad sources, impossible wishes, storage, or what a runner owes to its host", () => {
    const q = queue();
    for (const code of ["input_unreadable", "spec_unsupported", "storage_unavailable"] as const)
      failJobs(q, times(6, code), { recipe: "x@1" });
    expect(states(q)).toEqual({});
    for (const code of ["scratch_full", "runner_error"] as const) failJobs(q, times(1, code), { recipe: "x@1" });
    expect(q.store.breakers(["preset:x@1:ten"])).toEqual([]);
  });

  it("is tried again after a minute: one job at a time, then two minutes, up to an hour; a success opens the way", () => {
    const q = queue();
    failJobs(q, times(5), { recipe: "x@1" });
    for (let job = 0; job < 12; job++) q.enqueue(`next-${job}`, { recipe: "x@1", tenantId: "ten" });
    const openedAt = q.now;
    const waits: number[] = [];
    for (let trial = 0; trial < 8; trial++) {
      const before = q.now;
      expect(q.lease()).toBeNull();
      q.tickAtDeadline();
      waits.push((q.now - before) / pauseMs);
      const task = q.mustLease();
      expect([q.lease("r2"), states(q)]).toEqual([null, { "preset:x@1:ten": "half_open" }]);
      q.fail(task, false);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(q.store.pausedBreakers()).toMatchObject([{ openedAt, openings: 9, lastCode: "encode_failed" }]);
    q.tickAtDeadline();
    q.complete(q.mustLease());
    expect(states(q)).toEqual({});
    expect([q.lease(), q.lease("r2")]).not.toContain(null);
  });
});

describe("a trial", () => {
  const halfOpen = () => {
    const q = queue();
    failJobs(q, times(5), { recipe: "x@1" });
    q.enqueue("1", { recipe: "x@1" });
    q.enqueue("2", { recipe: "x@1" });
    q.tickAtDeadline();
    return { q, trial: q.mustLease() };
  };
  const ends: [string, (q: QueueDriver, trial: TaskRecord & { runnerId: string }) => void][] = [
    ["cancelled", (q, { jobId }) => q.cancel(jobId)],
    ["handed back", (q, trial) => q.release(trial, 5_000)],
    ["failed for another's fault", (q, trial) => q.fail(trial, false, error("input_unreadable"))],
    ["replaced by a later run", (q, { jobId }) => q.enqueue(jobId, { recipe: "y@1", run: 2, startAt: q.now + 1_000 })],
  ];
  for (const [how, end] of ends)
    it(`that was ${how} proves nothing: the next one is taken at once`, () => {
      const { q, trial } = halfOpen();
      expect(q.lease()).toBeNull();
      end(q, trial);
      expect(q.mustLease().jobId).toBe("2");
      expect(states(q)).toEqual({ "preset:x@1:ten": "half_open" });
    });

  it("of a runner that gave it back is over, also while another works on the same task", () => {
    const q = queue();
    q.lease("r2");
    failJobs(q, times(5, "runner_error"));
    q.tickAtDeadline();
    q.enqueue("first");
    q.release(q.mustLease("r1"));
    expect(q.mustLease("r2").jobId).toBe("first");
    q.enqueue("second");
    expect(q.mustLease("r1").jobId).toBe("second");
  });

  it("whose runner is lost does not speak against the recipe", () => {
    const { q } = halfOpen();
    q.pass(30_000);
    q.tick();
    expect(q.mustLease("r2").jobId).toBe("2");
  });
});

describe("a runner that keeps failing", () => {
  it("is paused, while another has the same work done", () => {
    const q = queue();
    q.lease("r2");
    failJobs(q, times(4), { recipe: "x@1" });
    // The recipe has failed as often, but nobody else has tried it.
    failJobs(q, times(1), { recipe: "x@1" });
    expect(states(q)).toEqual({ "runner:r1": "open" });
    q.enqueue("next", { recipe: "x@1" });
    expect(q.lease("r1")).toBeNull();
    q.complete(q.mustLease("r2"));
    q.enqueue("trial", { recipe: "x@1" });
    q.tickAtDeadline();
    expect(q.store.pausedBreakers()).toMatchObject([{ state: "half_open", trial: null }]);
    const trial = q.mustLease("r1");
    q.enqueue("beyond", { recipe: "x@1" });
    expect(q.lease("r1")).toBeNull();
    q.complete(trial);
    expect(q.mustLease("r1").jobId).toBe("beyond");
  });

  it("is not paused for a recipe that fails with others too, nor by one that is paused", () => {
    const q = queue();
    q.lease("r2");
    failJobs(q, times(4), { recipe: "x@1" });
    failJobs(q, times(1), { recipe: "x@1" }, "r2");
    expect(states(q)).toEqual({ "preset:x@1:ten": "open" });
    for (let trial = 0; trial < 10; trial++) {
      q.tickAtDeadline();
      failJobs(q, times(1), { recipe: "x@1" });
    }
    expect(states(q)).toEqual({ "preset:x@1:ten": "open" });
    q.enqueue("good", { recipe: "y@1" });
    expect(q.lease("r1")).not.toBeNull();
  });

  it("is not paused for what a paused tenant brings, of whatever sort", () => {
    const q = queue();
    failJobs(q, times(20, "input_unreadable"), { recipe: "x@1" });
    for (let trial = 0; trial < 6; trial++) {
      q.tickAtDeadline();
      failJobs(q, times(1, "runner_error"), { recipe: "x@1" });
    }
    expect(states(q)).toEqual({ "tenant:ten": "open" });
    expect(q.store.breakers(["runner:r1"])).toEqual([]);
  });

  it("answers for a recipe alone only while another that could try it is there and takes work", () => {
    for (const other of [{ draining: true }, { capabilities: [] }, { goneFor: 60_001 }] as const) {
      const q = queue();
      const capabilities = ["kind:probe"];
      const { goneFor = 0, ...how } = { goneFor: 0, ...other };
      q.lease("r2", { capabilities, ...how });
      q.pass(goneFor);
      for (let job = 0; job < 5; job++) {
        q.enqueue(`alone-${job}`, { recipe: "x@1", needs: capabilities });
        q.fail(q.mustLease("r1", { capabilities }), false);
      }
      expect(states(q)).toEqual({ "preset:x@1:ten": "open" });
    }
  });

  it("is blamed for going away with its tasks", () => {
    const q = new QueueDriver(new MemoryStore(), { outageMs: 60_000 });
    for (let job = 0; job < 5; job++) q.enqueue(`${job}`, { recipe: "x@1" });
    for (let job = 0; job < 5; job++) q.mustLease("r1");
    q.pass(30_000);
    q.tick();
    expect(states(q)).toEqual({ "runner:r1": "open" });
    expect(q.store.pausedBreakers()[0]).toMatchObject({ lastCode: "runner_lost", retryAt: q.now + pauseMs });
  });
});

describe("a tenant of junk", () => {
  it("is slowed after twenty failed jobs of any sort; others are not", () => {
    const q = queue();
    failJobs(q, times(19, "input_unreadable"), { recipe: "x@1" });
    expect(states(q)).toEqual({});
    failJobs(q, times(1, "input_truncated"), { recipe: "y@1" });
    expect(states(q)).toEqual({ "tenant:ten": "open" });
    for (let job = 0; job < 3; job++) q.enqueue(`junk-${job}`, { recipe: "z@1" });
    q.enqueue("serious", { recipe: "z@1", tenantId: "ten2" });
    expect([q.mustLease().jobId, q.lease()]).toEqual(["serious", null]);
    q.pass(pauseMs);
    q.tick();
    expect([q.lease()?.tenantId, q.lease()]).toEqual(["ten", null]);
  });
});

describe("a paused task", () => {
  it("keeps its queue deadline: what stays paused for a week is dead, and can be replayed", () => {
    const q = queue();
    failJobs(q, times(5), { recipe: "x@1" });
    q.enqueue("stuck", { recipe: "x@1" });
    q.pass(7 * 86_400_000);
    q.tick();
    expect(q.store.task("t-stuck")).toMatchObject({ state: "dead", error: { code: "queue_timeout" } });
    expect(q.store.nextDeadline()).toBeUndefined();
  });

  it("is leased at once after a reset, which forgets the failures", () => {
    const q = queue();
    failJobs(q, times(5), { recipe: "x@1" });
    q.enqueue("next", { recipe: "x@1" });
    expect(q.run({ type: "resetBreaker", key: "preset:x@1:ten" })).toBe(true);
    expect(q.run({ type: "resetBreaker", key: "preset:x@1:ten" })).toBe(false);
    expect(q.mustLease().jobId).toBe("next");
    expect(q.store.breakers(["preset:x@1:ten"])).toEqual([]);
  });
});
