import { expect, it } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import { QueueDriver } from "../testing/queue-driver.ts";

const queue = () => new QueueDriver(new MemoryStore(), { leaseMs: 30_000, outageMs: 5_000, maxRetries: 0 });
const codes = (q: QueueDriver, runnerId: string) => q.store.runner(runnerId)?.failures.map(({ code }) => code);

it("remembers the last five of a runner's attempts that ended badly, whatever succeeded between them", () => {
  const q = queue();
  for (let job = 0; job < 7; job++) {
    q.enqueue(`${job}`, { tenantId: `ten${job}` });
    q.fail(q.mustLease("r1"), false, { code: "input_unreadable", message: "of the file, not of the host" });
    q.pass(1_000);
    q.enqueue(`good-${job}`);
    q.complete(q.mustLease("r2"));
  }
  const failures = q.store.runner("r1")?.failures ?? [];
  expect(failures.map(({ jobId }) => jobId)).toEqual(["2", "3", "4", "5", "6"]);
  expect(failures.at(-1)).toEqual({
    at: q.now - 1_000,
    jobId: "6",
    tenantId: "ten6",
    part: "",
    code: "input_unreadable",
  });
  expect(codes(q, "r2")).toEqual([]);
});

it("counts a lost lease, and several in one tick; what the runner says of itself then changes nothing", () => {
  const q = queue();
  for (const job of ["a", "b"]) {
    q.enqueue(job);
    q.mustLease();
  }
  q.pass(30_000);
  q.tick();
  expect(codes(q, "r1")).toEqual(["runner_lost", "runner_lost"]);
  q.lease("r1", { slots: 9 });
  expect(q.store.runner("r1")).toMatchObject({ slots: 9, failures: [{ jobId: "a" }, { jobId: "b" }] });
});

it("writes nothing of a runner that is forgotten", () => {
  const q = queue();
  q.enqueue("j");
  const task = q.mustLease();
  q.store.apply([{ op: "deleteRunner", runnerId: "r1" }]);
  q.fail(task);
  expect(q.store.runner("r1")).toBeUndefined();
});
