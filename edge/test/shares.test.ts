import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { LeaseAnswer } from "@reelway/shared/contracts/lease";
import { JobWaiting } from "@reelway/shared/contracts/waiting";
import { newId, newRegionalId } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import type { RegionQueue } from "../src/objects/region-queue.ts";
import { handleScheduled } from "../src/queues/sweep.ts";
import { databaseOf } from "../src/store/database.ts";
import { auditLog, tenants } from "../src/store/schema.ts";
import { api } from "./support/api.ts";
import { problemOf } from "./support/assets.ts";
import { listen } from "./support/doorbell.ts";
import { type Holder, leaseOver, makeRunner, queueOf, seedJob } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

type Queue = DurableObjectStub<RegionQueue>;
type LeasedTask = LeaseAnswer["tasks"][number];
const region: RegionId = "weur";
let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

const limit = (tenantId: string, maxRunning: number | null, key = admin) =>
  api(`/tenants/${tenantId}`, { method: "PATCH", key: key.secret, body: { maxRunning } });
const tenantRow = async (id: string) =>
  (await databaseOf(env).select().from(tenants).where(eq(tenants.id, id)))[0] ?? expect.unreachable();

/** As many jobs as are given, in their queue. */
async function jobsOf(tenantId: string, count: number): Promise<string[]> {
  const entries = await Promise.all(Array.from({ length: count }, () => seedJob(region, { tenantId })));
  for (const entry of entries) await dispatchJob(env, entry);
  return entries.map(({ job }) => job.id);
}

const leaseMany = (runner: Holder) => leaseOver(runner, { slots: 16 }, 16);
const finish = ({ taskId, epoch }: LeasedTask, { id: runnerId }: Holder) =>
  queueOf(region).complete({ taskId, epoch, runnerId, result: '{"prefix":"p/1/","outputs":[]}' });

/** A queue that no other test uses, asked past the API. */
let objects = 0;
const ownQueue = (): Queue => env.REGION_QUEUE.getByName(`shares-${objects++}:0`);
const asks = (runnerId: string, more = {}) => ({
  ...{ runnerId, capabilities: [], slots: 8, draining: false, version: "1", max: 1, waitMs: 0 },
  waitId: crypto.randomUUID(),
  ...more,
});
async function fill(queue: Queue, tenantId: string, count: number): Promise<void> {
  for (let job = 0; job < count; job++) {
    const jobId = newRegionalId("job", region);
    const tasks = [{ taskId: `${jobId.replace("job_", "tsk_")}_0`, needs: [], payload: "{}" }];
    await queue.enqueue({ jobId, tenantId, run: 1, priority: 50, startAt: null, tasks });
  }
}
test("a limit holds for jobs that are queued already, keeps nobody else from the fleet, and takes nothing away", async () => {
  const [capped, other] = [await newTenantKey(admin, "capped"), await newTenantKey(admin, "other")];
  const runner = await makeRunner(region);
  const theirs = await jobsOf(capped.tenantId, 5);
  const [first] = await leaseOver(runner, { slots: 16 });
  if (!first) throw new Error("nothing to lease");
  expect((await limit(capped.tenantId, 2)).status).toBe(200);
  const more = await leaseMany(runner);
  expect(more.map(({ jobId }) => theirs.includes(jobId))).toEqual([true]);
  const others = await jobsOf(other.tenantId, 3);
  expect((await leaseMany(runner)).map(({ jobId }) => jobId).sort()).toEqual(others.sort());

  expect((await limit(capped.tenantId, 1)).status).toBe(200);
  const beat = { ...{ capabilities: [], slots: 16, draining: false, version: "1" }, runnerId: runner.id };
  const leases = [first, ...more].map(({ taskId, epoch }) => ({ taskId, epoch }));
  const { verdicts } = await queueOf(region).heartbeat({ ...beat, leases });
  expect(
    verdicts.map(({ verdict }) => verdict),
    "what was leased before goes on",
  ).toEqual(["keep", "keep"]);
  await finish(first, runner);
  expect(await leaseMany(runner), "one of one is still at work").toEqual([]);
  for (const task of more) await finish(task, runner);
  expect(await leaseMany(runner)).toHaveLength(1);

  expect((await limit(capped.tenantId, null)).status).toBe(200);
  expect(await leaseMany(runner)).toHaveLength(2);
});

test("a job says that its tenant runs all it may, with its place among its tenant's own", async () => {
  const key = await newTenantKey(admin, "capped");
  const runner = await makeRunner(region);
  await limit(key.tenantId, 1);
  const ids = await jobsOf(key.tenantId, 3);
  const [leased] = await leaseMany(runner);
  const waiting = ids.filter((id) => id !== leased?.jobId);
  const why = async (id = "") => JobWaiting.parse(await (await api(`/jobs/${id}/waiting`, { key: key.secret })).json());
  const answers = (await Promise.all(waiting.map(why))).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  expect(answers).toMatchObject([
    { reason: "share_full", place: 1, message: "Your tenant runs 1 of 1 tasks at once, all that it may" },
    { reason: "share_full", place: 2 },
  ]);
  if (leased) await finish(leased, runner);
  expect((await why(answers[0]?.id)).reason).not.toBe("share_full");
  await limit(key.tenantId, null);
  for (const task of await leaseMany(runner)) await finish(task, runner);
});

test("a limit is the platform's to set, shown to its tenant, and in the audit log", async () => {
  const key = await newTenantKey(admin, "capped");
  expect(await problemOf(await limit(key.tenantId, 3, key))).toEqual([403, "forbidden"]);
  for (const bad of [0, -1, 1.5, 1e9])
    expect(await problemOf(await limit(key.tenantId, bad))).toEqual([422, "invalid_request"]);
  expect(await (await limit(key.tenantId, 3)).json()).toMatchObject({ maxRunning: 3 });
  expect(await (await api("/tenant", { key: key.secret })).json()).toMatchObject({ maxRunning: 3 });
  const told = await databaseOf(env).select().from(auditLog).where(eq(auditLog.resource, key.tenantId));
  expect(told.at(-1)).toMatchObject({ action: "tenant.update", detail: { maxRunning: 3 } });
});

test("a queue that was away hears of it by the sweep; the word that was said last counts", async () => {
  const key = await newTenantKey(admin, "capped");
  const runner = await makeRunner(region);
  await jobsOf(key.tenantId, 2);
  await limit(key.tenantId, 5);
  const { maxRunningSetAt } = await tenantRow(key.tenantId);
  // As a change leaves it that reached no queue.
  await databaseOf(env)
    .update(tenants)
    .set({ maxRunning: 1, maxRunningSetAt: (maxRunningSetAt ?? 0) + 1, maxRunningUntold: true })
    .where(eq(tenants.id, key.tenantId));
  await handleScheduled(env);
  expect(await tenantRow(key.tenantId)).toMatchObject({ maxRunningUntold: false });
  await queueOf(region).limitTenant({ tenantId: key.tenantId, share: { maxRunning: 9, setAt: maxRunningSetAt ?? 0 } });
  const [task, ...beyond] = await leaseMany(runner);
  expect(beyond).toEqual([]);
  if (task) await finish(task, runner);
  for (const left of await leaseMany(runner)) await finish(left, runner);
});

test("a queue that never heard of a tenant learns of its limit with the first job", async () => {
  const key = await newTenantKey(admin, "capped");
  await limit(key.tenantId, 1);
  const [{ assetId }, runner] = [(await seedJob("enam", { tenantId: key.tenantId })).job, await makeRunner("enam")];
  for (let job = 0; job < 3; job++) {
    const made = await api("/jobs", { method: "POST", key: key.secret, body: { assetId, spec: { kind: "probe" } } });
    expect(made.status).toBe(201);
  }
  await expect.poll(async () => (await queueOf("enam").counts()).ready).toBe(3);
  expect(await leaseMany(runner)).toHaveLength(1);
});

test("who waits for work is given it when one of the tenant's tasks ends, whichever way, and when the limit is raised", async () => {
  const queue = ownQueue();
  const [tenantId, runnerId] = [newId("ten"), newRegionalId("run", region)];
  let setAt = 0;
  const say = (maxRunning: number) => queue.limitTenant({ tenantId, share: { maxRunning, setAt: ++setAt } });
  await say(1);
  await fill(queue, tenantId, 5);
  let [held] = await queue.lease(asks(runnerId));
  const waitFor = async (
    end: (task: { taskId: string; epoch: number; runnerId: string; jobId: string }) => unknown,
  ) => {
    const poll = queue.lease(asks(newRegionalId("run", region), { waitMs: 20_000 }));
    await queue.ping();
    if (!held) throw new Error("nothing is held");
    await end({ ...held, runnerId: held.runnerId ?? "" });
    const next = await poll;
    expect(next, "as many as there is room for").toHaveLength(1);
    [held] = next;
  };
  await waitFor(({ taskId, epoch, runnerId }) => queue.complete({ taskId, epoch, runnerId, result: "{}" }));
  await waitFor(({ taskId, epoch, runnerId }) =>
    queue.fail({ taskId, epoch, runnerId, error: { code: "encode_failed", message: "" }, retryable: false }),
  );
  await waitFor(({ jobId }) => queue.cancel({ jobId, tenantId, run: 1 }));
  await waitFor(async () => {
    await runInDurableObject(queue, (_, { storage }) => {
      const now = Date.now();
      storage.sql.exec("UPDATE tasks SET lease_expires_at = ?1, due_at = ?1 WHERE state = 'leased'", now - 1);
    });
    expect(await runDurableObjectAlarm(queue)).toBe(true);
  });
  expect(await queue.counts()).toMatchObject({ leased: 1 });
  await fill(queue, tenantId, 1);
  await waitFor(() => say(2));
});

test("a ring goes to as many idle runners as the tenant may have tasks, and to none for what it may not", async () => {
  const queue = ownQueue();
  const tenantId = newId("ten");
  await queue.limitTenant({ tenantId, share: { maxRunning: 2, setAt: 1 } });
  const runners = Array.from({ length: 6 }, () => newRegionalId("run", region));
  const heard = await Promise.all(
    runners.map(async (runnerId) => {
      await queue.heartbeat({ ...asks(runnerId, { slots: 1 }), leases: [] });
      return listen(queue, runnerId);
    }),
  );
  await queue.enqueueAll(
    Array.from({ length: 6 }, () => {
      const jobId = newRegionalId("job", region);
      const tasks = [{ taskId: `${jobId.replace("job_", "tsk_")}_0`, needs: [], payload: "{}" }];
      return { jobId, tenantId, run: 1, priority: 50, startAt: null, tasks };
    }),
  );
  await expect.poll(() => heard.flat().length).toBe(2);
  const tasks = await Promise.all(runners.map((runnerId) => queue.lease(asks(runnerId, { slots: 1 }))));
  expect(tasks.flat()).toHaveLength(2);
  await fill(queue, tenantId, 3);
  await queue.ping();
  expect(heard.flat()).toHaveLength(2);
  expect((await queue.standing()).ready, "nor is a runner missing for it").toEqual([]);
});

test("a limit outlives the queue's memory", async () => {
  const queue = ownQueue();
  const tenantId = newId("ten");
  await queue.limitTenant({ tenantId, share: { maxRunning: 1, setAt: 1 } });
  await fill(queue, tenantId, 3);
  await queue.lease(asks("r1"));
  await evictDurableObject(queue);
  expect(await queue.lease(asks("r2", { max: 3 }))).toEqual([]);
});
