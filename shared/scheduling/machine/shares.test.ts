import { describe, expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { readyWork } from "../ready-work.ts";
import { partOf } from "../shares.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = (settings: Partial<QueueDriver["settings"]> = {}) => new QueueDriver(new MemoryStore(), settings);

/** Three jobs of a tenant that may run two of them at once. */
function limitedToTwo() {
  const q = queue();
  q.limit("ten", 2);
  for (const job of ["1", "2", "3"]) q.enqueue(job);
  return q;
}

describe("a tenant with a limit", () => {
  it("has so many tasks at once, while others take what is left", () => {
    const q = limitedToTwo();
    for (const job of ["a", "b", "c"]) q.enqueue(job, { tenantId: "other" });
    const tenants = [1, 2, 3, 4, 5].map(() => q.mustLease().tenantId);
    expect(tenants.filter((tenant) => tenant === "ten").length).toBe(2);
    expect(q.lease()).toBeNull();
    expect(readyWork(q.store, q.settings.shard), "and asks for no runner").toEqual([]);
  });

  it.each(["complete", "fail", "release", "cancel", "expire"] as const)("goes on when one of them ends: %s", (end) => {
    const q = limitedToTwo();
    const first = q.mustLease();
    q.mustLease();
    expect(q.lease()).toBeNull();
    if (end === "cancel") q.cancel(first.jobId);
    else if (end === "expire") q.tickAtDeadline();
    else q[end](first);
    expect(q.lease()).not.toBeNull();
  });

  it("keeps what it has when it is lowered, and gets nothing until that is below", () => {
    const q = queue();
    for (const job of ["1", "2", "3", "4"]) q.enqueue(job);
    const leased = [q.mustLease(), q.mustLease(), q.mustLease()];
    q.limit("ten", 2);
    expect(q.lease()).toBeNull();
    expect(leased.map((task) => q.beat(task)?.verdict)).toEqual(["keep", "keep", "keep"]);
    const next = leased.map((task) => {
      q.complete(task);
      return q.lease()?.jobId;
    });
    expect(next).toEqual([undefined, "4", undefined]);
  });

  it("has more at once as soon as it is raised, or has none any more", () => {
    const q = limitedToTwo();
    for (const job of ["4", "5"]) q.enqueue(job);
    q.mustLease();
    q.mustLease();
    q.limit("ten", 3);
    q.mustLease();
    expect(q.lease()).toBeNull();
    q.limit("ten", null);
    expect([q.mustLease().jobId, q.mustLease().jobId]).toEqual(["4", "5"]);
  });

  it("learns of it with a job as well, where the newest word counts, in whatever order they come", () => {
    const q = queue();
    const said = q.now;
    q.enqueue("1", { share: { maxRunning: 1, setAt: said } });
    q.enqueue("2");
    q.mustLease();
    expect(q.lease()).toBeNull();
    expect(q.limit("ten", 2)).toBe(true);
    expect(q.run({ type: "limitTenant", tenantId: "ten", share: { maxRunning: 9, setAt: said } })).toBe(false);
    q.enqueue("3", { share: { maxRunning: 1, setAt: said } });
    q.mustLease();
    expect(q.lease()).toBeNull();
  });

  it("has no second lease on a slow task beyond it", () => {
    const q = queue();
    const needs = ["x"];
    const task = (name: string) => ({ taskId: name, part: name, needs, payload: "{}", hedgeable: true });
    q.enqueue("film", { tasks: [task("p1"), task("p2")] });
    const work = { capabilities: needs, slots: 1, hedging: true };
    const done = q.mustLease("r1", work);
    q.pass(10_000);
    q.complete(done);
    q.mustLease("r1", work);
    q.pass(3_600_000);
    q.limit("ten", 1);
    expect(q.lease("r2", work)).toBeNull();
    q.limit("ten", 2);
    expect(q.mustLease("r2", work).rival?.runnerId).toBe("r1");
  });
});

describe("of several shards", () => {
  it("each has its part, all together no more than the tenant's", () => {
    const partsOf = (maxRunning: number, count: number) =>
      Array.from({ length: count }, (_, index) => partOf(maxRunning, { index, count }));
    expect(partsOf(7, 3)).toEqual([3, 2, 2]);
    expect(partsOf(3, 3)).toEqual([1, 1, 1]);
    for (const maxRunning of [4, 5, 64, 1_000])
      expect(partsOf(maxRunning, 4).reduce((sum, part) => sum + part, 0)).toBe(maxRunning);
  });

  it("none has nothing: what was queued there before would never run; a former one ends what it has", () => {
    expect([0, 1, 2].map((index) => partOf(1, { index, count: 3 }))).toEqual([1, 1, 1]);
    expect(partOf(100, { index: 2, count: 2 })).toBe(1);
  });

  it("a queue gives no more than its part", () => {
    const q = queue({ shard: { index: 1, count: 2 } });
    q.limit("ten", 3);
    for (const job of ["1", "2", "3"]) q.enqueue(job);
    q.mustLease();
    expect(q.lease()).toBeNull();
  });
});
