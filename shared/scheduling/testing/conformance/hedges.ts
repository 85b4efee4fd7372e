import { expect } from "vitest";
import { ids, job, put, task } from "./samples.ts";
import type { StoreTest } from "./store-test.ts";

/** A task that two runners hold, and the search for one that a second should. */
export function hedges(test: StoreTest): void {
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
    expect([...store.leaseCounts()].sort()).toEqual([
      ["r1", 1],
      ["r2", 2],
    ]);
    expect(store.leasesOf("r2")[0]?.rival).toMatchObject({ epoch: 4, runnerId: "r1", leasedAt: 20 });
    expect([ids(store.leasesExpired(44, 9)), ids(store.leasesExpired(45, 9))]).toEqual([[], ["t1"]]);
    put(store, { ...leased, taskId: "t1", leasedAt: 20, hedged: true, state: "canceled", rival: claim });
    expect([epochs("r1"), epochs("r2").length, store.nextDeadline()]).toEqual([[], 1, 60]);
    expect([...store.leaseCounts()]).toEqual([["r2", 1]]);
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
}
