import { describe, expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const chunkMs = 20_000;
/** Twice what is usual. */
const slowMs = 40_000;

/** A film of some chunks of which one is done, in 20 seconds, and of the others `first` has one. Nothing else is ready. */
function tail({ chunks = 2, hedgeable = true }: { chunks?: number; hedgeable?: boolean } = {}) {
  const q = new QueueDriver(new MemoryStore(), { leaseMs: 600_000 });
  const part = (taskId: string) => ({ taskId, needs: ["chunks"], payload: "{}", part: taskId });
  const encode = Array.from({ length: chunks }, (_, index) => {
    return { ...part(`encode:${index}`), order: index, unblocks: "finish", hedgeable };
  });
  q.enqueue("film", { tasks: [...encode, part("finish")] });
  const able = { capabilities: ["chunks"] };
  const done = q.mustLease("quick", able);
  q.pass(chunkMs);
  q.complete(done);
  const first = q.mustLease("first", able);
  const hedge = (runnerId = "second", more = {}) => q.lease(runnerId, { ...able, hedging: true, ...more });
  const mustHedge = (runnerId = "second") => {
    const task = hedge(runnerId);
    if (!task) throw new Error("there was nothing to hedge");
    return { ...task, runnerId };
  };
  return { q, first, hedge, mustHedge };
}

describe("a hedge", () => {
  it("is given to an idle runner once a task takes twice as long as its siblings, and not before", () => {
    const { q, first, hedge } = tail();
    expect(q.store.job("film")?.hedgeAt).toBe(q.now + slowMs);
    expect(q.store.nextDeadline(q.now)).toBe(q.now + slowMs);
    q.pass(slowMs - 1);
    expect(hedge()).toBeNull();
    q.pass(1);
    const second = hedge();
    expect(second).toMatchObject({ taskId: first.taskId, runnerId: "second", attempt: 1, epoch: first.epoch + 1 });
    expect(q.store.tenant("ten")?.activeLeases).toBe(2);
    expect(q.store.job("film")).toMatchObject({ hedges: 1, hedgeAt: null });
  });

  it("is not for its own holder, for who can't do it, who does not ask for it, holds back, drains or is full", () => {
    const { q, first, hedge } = tail();
    q.pass(slowMs);
    expect(hedge("first")).toBeNull();
    expect(hedge("second", { capabilities: [] })).toBeNull();
    expect(hedge("second", { hedging: false })).toBeNull();
    expect(hedge("second", { holdBackMs: 1 })).toBeNull();
    expect(hedge("second", { draining: true })).toBeNull();
    expect(hedge("second", { slots: 0 })).toBeNull();
    expect(q.store.task(first.taskId)?.rival).toBeNull();
  });

  it("comes after anything that is ready", () => {
    const { q, hedge } = tail();
    q.pass(slowMs);
    q.enqueue("clip");
    expect(hedge()?.jobId).toBe("clip");
    expect(hedge()?.jobId).toBe("film");
  });

  it("is of tasks alone that may be made twice, once, and of as many as their job has room for", () => {
    const plain = tail({ hedgeable: false });
    plain.q.pass(slowMs);
    expect(plain.hedge()).toBeNull();

    const { q, first, hedge } = tail({ chunks: 5 });
    for (const runner of ["b", "c", "d"]) q.mustLease(runner, { capabilities: ["chunks"] });
    q.pass(slowMs);
    const hedged = [hedge("e"), hedge("f"), hedge("g")].map((task) => task?.taskId ?? null);
    expect(hedged).toEqual([first.taskId, "encode:2", null]);
  });

  it("is not given while the runner, the recipe or the tenant is paused or on trial", () => {
    const { q, hedge } = tail();
    q.pass(slowMs);
    const paused = { failures: [], lastFailureAt: q.now, lastCode: "encode_failed", openings: 1, openedAt: 1 } as const;
    const put = (key: string, state: "open" | "half_open") =>
      q.store.apply([{ op: "putBreaker", breaker: { ...paused, key, state, retryAt: q.now, trial: null } }]);
    for (const key of ["runner:second", "tenant:ten", "preset::ten"])
      for (const state of ["open", "half_open"] as const) {
        put(key, state);
        expect(hedge(), `${key} ${state}`).toBeNull();
        q.run({ type: "resetBreaker", key });
      }
    expect(hedge()).not.toBeNull();
  });

  it("knows nothing usual before a sibling is done, and is never given where the factor is 0", () => {
    const q = new QueueDriver(new MemoryStore(), { leaseMs: 1e9 });
    q.enqueue("film", { tasks: [{ taskId: "a", part: "encode:0", needs: [], payload: "{}", hedgeable: true }] });
    q.mustLease("first");
    q.pass(1e8);
    expect(q.lease("second", { hedging: true })).toBeNull();

    const { q: other, hedge } = tail();
    const off = new QueueDriver(other.store, { hedging: { ...other.settings.hedging, factor: 0 } });
    other.pass(slowMs);
    expect(
      off.run({
        type: "lease",
        runnerId: "x",
        capabilities: ["chunks"],
        slots: 1,
        draining: false,
        version: "1",
        hedging: true,
      }),
    ).toBeNull();
    expect(hedge()).not.toBeNull();
  });
});

describe("of two leases on one task", () => {
  it.each(["first", "second"])("the %s to be done counts, once; the other is lost and stopped", (winner) => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    const second = mustHedge();
    const [won, lost] = winner === "first" ? [first, second] : [second, first];
    const { taskId, epoch, runnerId } = won;
    const command = { type: "complete", taskId, epoch, runnerId, result: `{"by":"${runnerId}"}` } as const;
    expect(q.run(command)).toEqual({
      outcome: "completed",
      stopped: [{ runnerId: lost.runnerId, taskId, epoch: lost.epoch }],
    });
    expect([q.complete(lost), q.fail(lost), q.release(lost)]).toEqual(["lease_lost", "lease_lost", "lease_lost"]);
    expect([q.beat(lost)?.verdict, q.beat(won)?.verdict, q.complete(won)]).toEqual(["lost", "keep", "completed"]);
    expect(q.store.task(taskId)).toMatchObject({ state: "done", runnerId, epoch, rival: null, result: command.result });
    expect(q.store.task(taskId)?.attempts.map(({ attempt, runnerId: by, outcome }) => [attempt, by, outcome])).toEqual([
      [1, lost.runnerId, "outrun"],
      [1, won.runnerId, "completed"],
    ]);
    expect(q.store.events(0, 99).find((event) => event.taskId === taskId)?.hedge).toBe(
      winner === "second" ? "won" : "lost",
    );
    expect([q.store.tenant("ten")?.activeLeases, q.store.job("film")?.hedges]).toEqual([0, 0]);
    q.complete(q.mustLease("second", { capabilities: ["chunks"] }));
    expect(q.store.job("film")?.state).toBe("succeeded");
  });

  it.each(["first", "second"])("the %s may fail, or run out: the other goes on, in the same attempt", (loser) => {
    for (const how of ["fails", "runs out", "fails for good"]) {
      const { q, first, mustHedge } = tail();
      q.pass(slowMs);
      const second = mustHedge();
      const [lost, other] = loser === "first" ? [first, second] : [second, first];
      if (how === "runs out") {
        q.pass(400_000);
        q.beat(other);
        q.now = q.store.nextDeadline() ?? q.now;
        q.tick();
      } else expect(q.fail(lost, how === "fails")).toBe("retrying");
      expect(q.store.task(first.taskId)).toMatchObject({
        state: "leased",
        attempt: 1,
        epoch: other.epoch,
        rival: null,
      });
      expect(q.beat(lost)?.verdict, how).toBe("lost");
      expect(q.beat(other)?.verdict).toBe("keep");
      // The one attempt has had its hedge.
      q.pass(slowMs * 3);
      expect(q.lease("third", { capabilities: ["chunks"], hedging: true })).toBeNull();
      expect(q.complete(other)).toBe("completed");
    }
  });

  it("both may fail, which costs one attempt; the next lease has an epoch of its own, and may be hedged again", () => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    const second = mustHedge();
    expect([q.fail(second), q.fail(first)]).toEqual(["retrying", "retrying"]);
    expect(q.store.task(first.taskId)).toMatchObject({ state: "delayed", attempt: 1 });
    q.tickAtDeadline();
    const again = q.mustLease("third", { capabilities: ["chunks"] });
    expect(again).toMatchObject({ taskId: first.taskId, attempt: 2, epoch: second.epoch + 1 });
    q.pass(slowMs);
    expect(mustHedge()).toMatchObject({ attempt: 2, epoch: second.epoch + 2 });
  });

  it("both may be handed back, which costs none; but not after one of them has failed", () => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    const second = mustHedge();
    expect(q.release(first)).toBe("released");
    expect(q.store.task(first.taskId)).toMatchObject({ state: "leased", runnerId: "second", attempt: 1 });
    expect(q.release(second)).toBe("released");
    expect(q.store.task(first.taskId)).toMatchObject({ state: "ready", attempt: 0 });

    const other = tail();
    other.q.pass(slowMs);
    const hedge = other.mustHedge();
    other.q.fail(other.first);
    expect(other.q.release(hedge)).toBe("released");
    expect(other.q.store.task(hedge.taskId)).toMatchObject({ state: "delayed", attempt: 1 });
  });

  it("are prolonged each by itself, and told of a cancel both", () => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    const second = mustHedge();
    q.pass(400_000);
    expect(q.beat(second)).toMatchObject({ verdict: "keep", extended: true, expiresAt: q.now + 600_000 });
    expect(q.store.task(first.taskId)).toMatchObject({ leaseExpiresAt: first.leaseExpiresAt, runnerId: "first" });
    expect(q.cancel("film").stopped.map(({ runnerId }) => runnerId)).toEqual(["first", "second"]);
    expect([q.beat(first)?.verdict, q.beat(second)?.verdict]).toEqual(["cancel", "cancel"]);
    expect(q.store.tenant("ten")?.activeLeases).toBe(0);
    expect(q.store.task(first.taskId)?.attempts.map(({ outcome }) => outcome)).toEqual(["canceled", "canceled"]);
  });

  it("the one that fails is blamed, and the one that is outrun is not", () => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    const second = mustHedge();
    q.fail(first);
    expect(q.store.breakers(["runner:first", "runner:second"]).map(({ key }) => key)).toEqual(["runner:first"]);
    q.complete(second);
    expect(q.store.breakers(["runner:first", "runner:second"]).map(({ key }) => key)).toEqual(["runner:first"]);
    const other = tail();
    other.q.pass(slowMs);
    other.q.complete(other.mustHedge());
    expect(other.q.store.breakers(["runner:first"])).toEqual([]);
  });

  it("keep their epochs apart from those of a next run", () => {
    const { q, first, mustHedge } = tail();
    q.pass(slowMs);
    mustHedge();
    q.enqueue("film", { run: 2, tasks: [{ taskId: first.taskId, part: "encode:0", needs: [], payload: "{}" }] });
    expect(q.mustLease("third").epoch).toBe(first.epoch + 2);
  });
});
