import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newId, newRegionalId, shardOfTask, taskIdOf } from "@reelway/shared/ids";
import { shardsOf } from "@reelway/shared/shards";
import { describe, expect, test, vi } from "vitest";
import { createLog } from "../src/http/log.ts";
import { beat } from "../src/leases/heartbeat.ts";
import { queueStub } from "../src/objects/region-queue-stub.ts";
import { Siblings } from "../src/objects/siblings.ts";
import { shardsWithWork } from "../src/regions/live-shards.ts";
import { mergeStandings } from "../src/runners/merge-standings.ts";
import { settingsOf } from "../src/settings.ts";
import { call, codeOf, description, makeKey } from "./support/fleet.ts";
import { ask, background, context, fill, finish, listen, payloadOf, runnerAt, without } from "./support/shards.ts";

// Before anybody has read it: the queues ask as many siblings as are set.
env.QUEUE_SHARDS = "4";
env.HEDGE_FACTOR = "2";

describe("four shards", () => {
  test("1,000 jobs over all of them are all done, each once, by runners of one alone", {
    timeout: 120_000,
  }, async () => {
    const shards = shardsOf("enam", 4);
    const made = (await Promise.all(shards.map((shard) => fill(shard, 250)))).flat();
    const done: string[] = [];
    const slots = 16;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const runner = runnerAt("enam:2");
        for (;;) {
          const tasks = await ask(runner, { max: slots });
          if (tasks.length === 0) return;
          expect(tasks.length).toBeLessThanOrEqual(slots);
          for (const task of tasks) if ((await finish(task, runner.id)) === "completed") done.push(task.jobId);
        }
      }),
    );
    expect(done.sort()).toEqual(made.sort());
    for (const shard of shards) expect(await queueStub(env, shard).counts()).toMatchObject({ ready: 0, leased: 0 });
    await Promise.allSettled(background);
  });

  test("a tenant has no more than its share of them all together, each a part; one too small for parts is refused", async () => {
    const tenantId = newId("ten");
    const share = { maxRunning: 6, setAt: 1 };
    const shards = shardsOf("apac", 4);
    const made = (await Promise.all(shards.map((shard) => fill(shard, 5, undefined, tenantId)))).flat();
    for (const shard of shards) await queueStub(env, shard).limitTenant({ tenantId, share });
    const runner = runnerAt("apac:1");
    const leased = await ask(runner, { max: 32, slots: 64 });
    expect(leased).toHaveLength(6);
    const parts = Map.groupBy(leased, ({ taskId }) => shardOfTask(taskId));
    expect(shards.map((shard) => parts.get(shard)?.length)).toEqual([2, 2, 1, 1]);
    expect(await ask(runner, { max: 32, slots: 64 })).toEqual([]);
    const done = new Set<string>();
    for (let round = leased; round.length > 0; round = await ask(runner, { max: 32, slots: 64 })) {
      expect(round.length).toBeLessThanOrEqual(6);
      for (const task of round) if ((await finish(task, runner.id)) === "completed") done.add(task.jobId);
    }
    expect([...done].sort(), "all of them run, wherever they are").toEqual(made.sort());

    const key = await makeKey("admin", true);
    const small = await call("PATCH", `/tenants/${key.tenantId}`, key.authorization, { maxRunning: 3 });
    expect([small.status, await codeOf(small)]).toEqual([422, "invalid_request"]);
    expect((await call("PATCH", `/tenants/${key.tenantId}`, key.authorization, { maxRunning: 4 })).status).toBe(200);
  });

  test("a runner gets no more than it asks for, from all of them together", async () => {
    const shards = shardsOf("weur", 4);
    await Promise.all(shards.map((shard) => fill(shard, 2)));
    const runner = runnerAt("weur:1");
    const tasks = await ask(runner, { max: 5, slots: 5 });
    expect(tasks).toHaveLength(5);
    expect(shardOfTask(tasks[0]?.taskId ?? "")).toBe("weur:1");
    // Asked twice at once, it says itself that nothing is free: no shard gives more than its slots either.
    const [first, second] = await Promise.all([ask(runner, { max: 1, slots: 5 }), ask(runner, { max: 1, slots: 5 })]);
    expect([...first, ...second].length).toBeLessThanOrEqual(2);
    for (const shard of shards) {
      const held = (await queueStub(env, shard).listRunners()).find(({ runnerId }) => runnerId === runner.id);
      expect(held?.activeTasks ?? 0).toBeLessThanOrEqual(5);
    }
    for (const task of [...tasks, ...first, ...second]) await finish(task, runner.id);
    const rest = runnerAt("weur:0");
    for (const task of await ask(rest, { max: 8 })) await finish(task, rest.id);
  });

  test("the fullest is stolen from first, and what is full of other people's work is passed over", async () => {
    await fill("apac:0", 1);
    await fill("apac:1", 5, ["kind:transcode"]);
    const full = await fill("apac:3", 3);
    const runner = runnerAt("apac:2");
    const tasks = await ask(runner, { max: 1 });
    expect(full).toContain(tasks[0]?.jobId);
    const others = await ask(runner, { max: 10, slots: 11 });
    expect(others.map(({ taskId }) => shardOfTask(taskId)).sort()).toEqual(["apac:0", "apac:3", "apac:3"]);
    for (const task of [...tasks, ...others]) await finish(task, runner.id);
  });

  test("who waits at one is woken for the work of another", async () => {
    const runner = runnerAt("enam:0");
    const waiting = ask(runner, { waitMs: 20_000 });
    await expect
      .poll(async () => (await queueStub(env, "enam:0").listRunners()).some(({ runnerId }) => runnerId === runner.id))
      .toBe(true);
    const [jobId] = await fill("enam:3", 1);
    const tasks = await waiting;
    expect(tasks.map((task) => task.jobId)).toEqual([jobId]);
    for (const task of tasks) await finish(task, runner.id);
  });

  test("an idle runner's doorbell rings for the work of another shard, a busy one's does not", async () => {
    const [idle, busy] = [runnerAt("weur:2"), runnerAt("weur:2")];
    await fill("weur:2", 1);
    const held = await ask(busy);
    expect(held).toHaveLength(1);
    await ask(idle);
    const bells = await Promise.all([idle, busy].map(({ id }) => listen("weur:2", id)));
    const [jobId] = await fill("weur:0", 1);
    await expect.poll(() => bells[0]).toEqual([{ type: "work" }]);
    expect(bells[1]).toEqual([]);
    const tasks = await ask(idle);
    expect(tasks.map((task) => task.jobId)).toEqual([jobId]);
    for (const task of tasks) await finish(task, idle.id);
    for (const task of held) await finish(task, busy.id);
  });

  test("what one shard is slow with is hedged by an idle runner of another, after all that is ready anywhere", async () => {
    const shard = "weur:3";
    const jobId = newRegionalId("job", "weur");
    const tenantId = newId("ten");
    const payload = JSON.stringify(payloadOf(tenantId, shard));
    const tasks = ["encode:0", "encode:1"].map((part, order) => {
      return { taskId: taskIdOf(jobId, shard, part), needs: ["kind:probe"], part, order, hedgeable: true, payload };
    });
    await queueStub(env, shard).enqueue({ jobId, tenantId, run: 1, priority: 50, startAt: null, tasks });
    const [quick, slow] = [runnerAt(shard), runnerAt(shard)];
    const [first] = await ask(quick);
    const [second] = await ask(slow);
    if (!first || !second) throw new Error("nothing to do");
    await finish(first, quick.id);
    await runInDurableObject(queueStub(env, shard), (_, { storage }) => {
      storage.sql.exec("UPDATE tasks SET leased_at = leased_at - 10000 WHERE state = 'leased'");
      storage.sql.exec("UPDATE jobs SET hedge_at = hedge_at - 10000");
    });
    const [ready] = await fill("weur:0", 1);
    const idle = runnerAt("weur:1");
    const given = [...(await ask(idle, { slots: 2 })), ...(await ask(idle, { slots: 2 }))];
    expect(given.map((task) => [task.jobId, task.epoch])).toEqual([
      [ready, 1],
      [jobId, 2],
    ]);
    expect(await Promise.all(given.map((task) => finish(task, idle.id)))).toEqual(["completed", "completed"]);
    expect(await finish(second, slow.id)).toBe("lease_lost");
  });

  test("a runner busy with stolen work is not rung by its own shard", async () => {
    const runner = runnerAt("apac:1");
    await fill("apac:2", 1);
    const [stolen] = await ask(runner);
    if (!stolen) throw new Error("nothing stolen");
    await Promise.all(background);
    // Only now: it could have been rung for what it then stole.
    const bell = await listen("apac:1", runner.id);
    const idle = runnerAt("apac:3");
    await ask(idle);
    const idleBell = await listen("apac:3", idle.id);
    await fill("apac:1", 1);
    // Its own shard passes the work on at once.
    await expect.poll(() => idleBell).toEqual([{ type: "work" }]);
    expect(bell).toEqual([]);
    const [other] = await ask(idle);
    if (!other) throw new Error("nothing to do");
    await finish(other, idle.id);
    await finish(stolen, runner.id);
  });
});

test("while D1 is away, runners are led to the shards that are set", async () => {
  // Thrown, as `prepare` answers no promise: nobody would wait for one.
  const refuse = () => {
    throw new Error("away");
  };
  const away = new Proxy(env.DB, { get: () => refuse });
  const long = Date.now() + 60_000;
  expect(await shardsWithWork({ ...env, DB: away }, settingsOf(env), "apac", long)).toEqual(shardsOf("apac", 4));
});

describe("a shard that is away", () => {
  test("keeps none of its runners from the work of the others", async () => {
    const runner = runnerAt("enam:2");
    const made = await fill("enam:1", 1);
    const tasks = await ask(runner, { max: 2, away: "enam:2" });
    expect(tasks.map(({ jobId }) => jobId)).toEqual(made);
    // Where nothing else was found, it is said.
    await expect(ask(runner, { max: 2, away: "enam:2" })).rejects.toMatchObject({ code: "unavailable" });
    for (const task of tasks) await finish(task, runner.id);
  });

  test("keeps no work from idle runners of the others", async () => {
    const idle = runnerAt("apac:2");
    expect(await ask(idle)).toEqual([]);
    const heard = await listen("apac:2", idle.id);
    vi.spyOn(Math, "random").mockReturnValue(0);
    const away = without("apac:1");
    new Siblings(away, "apac:0", () => ["kind:probe"], createLog()).ask(1);
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(1);
    vi.restoreAllMocks();
  });

  test("costs its leases a beat, and those of the others nothing", async () => {
    const runner = runnerAt("enam:1");
    await fill("enam:0", 1);
    await fill("enam:3", 1);
    const tasks = await ask(runner, { max: 2 });
    const leases = tasks.map(({ taskId, epoch }) => ({ taskId, epoch }));
    const request = { runner: { ...description, slots: 2 }, leases };
    const kept = async (away: "enam:1" | "enam:3") =>
      (await beat(context(4, away), runner, request)).verdicts.map(({ taskId, verdict }) => [
        shardOfTask(taskId),
        verdict,
      ]);
    expect(await kept("enam:3")).toEqual([["enam:0", "keep"]]);
    expect((await kept("enam:1")).sort()).toEqual([
      ["enam:0", "keep"],
      ["enam:3", "keep"],
    ]);
    const idle = beat(context(4, "enam:1"), runner, { ...request, leases: [] });
    await expect(idle).rejects.toMatchObject({ code: "unavailable" });
    for (const task of tasks) await finish(task, runner.id);
  });
});

describe("heartbeats", () => {
  test("keep leases of all shards, and no row is written for a beat where nothing is held", async () => {
    const runner = runnerAt("enam:1");
    await fill("enam:0", 1);
    await fill("enam:3", 1);
    const tasks = await ask(runner, { max: 2 });
    const leases = tasks.map(({ taskId, epoch }) => ({ taskId, epoch }));
    const { verdicts } = await beat(context(4), runner, { runner: { ...description, slots: 2 }, leases });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(["keep", "keep"]);
    const seenBy = await Promise.all(
      shardsOf("enam", 4).map(async (shard) =>
        (await queueStub(env, shard).listRunners()).some(({ runnerId }) => runnerId === runner.id),
      ),
    );
    expect(seenBy).toEqual([true, true, false, true]);
    for (const task of tasks) await finish(task, runner.id);
  });

  test("about shards that there can't be, or of another region, are lost, and reach no queue", async () => {
    const runner = runnerAt("enam:1");
    const id = newRegionalId("job", "enam");
    const leases = [taskIdOf(id, "enam:999"), taskIdOf(id, "weur:0"), taskIdOf(id, "enam:64")].map((taskId) => ({
      taskId,
      epoch: 1,
    }));
    const answer = await beat(context(4), runner, { runner: description, leases });
    expect(answer.verdicts.map(({ verdict }) => verdict)).toEqual(["lost", "lost", "lost"]);
  });

  test("tell a runner that an operator drains it, and it is given nothing", async () => {
    const runner = { ...runnerAt("enam:1"), drained: true };
    const made = await fill("enam:1", 1);
    expect((await beat(context(4), runner, { runner: description, leases: [] })).drain).toBe(true);
    expect(await ask(runner)).toEqual([]);
    const other = runnerAt("enam:1");
    const tasks = await ask(other);
    expect(tasks.map(({ jobId }) => jobId)).toEqual(made);
    for (const task of tasks) await finish(task, other.id);
  });
});

test("a runner that several shards know is one runner: its latest word, and the tasks and failures of all", () => {
  const failure = { at: 7, jobId: "j", tenantId: "ten", part: "", code: "encode_failed" } as const;
  const standing = {
    runnerId: "r",
    capabilities: [],
    slots: 2,
    draining: false,
    version: "1",
    lastSeenAt: 5,
    activeTasks: 1,
  };
  const older = { ...standing, failures: [{ ...failure, at: 6 }] };
  const newer = { ...standing, draining: true, lastSeenAt: 9, activeTasks: 2, failures: [failure] };
  for (const order of [
    [[older], [newer]],
    [[newer], [older]],
  ])
    expect([...mergeStandings(order).values()]).toEqual([
      { ...newer, activeTasks: 3, leases: [], load: null, failures: [{ ...failure, at: 6 }, failure] },
    ]);
  // A queue one version older tells of none.
  expect([...mergeStandings([[standing]]).values()]).toEqual([{ ...standing, leases: [], load: null, failures: [] }]);
});
