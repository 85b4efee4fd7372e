import { env } from "cloudflare:workers";
import { Batch } from "@reelway/shared/contracts/batch";
import type { DeadLetterOutcomes } from "@reelway/shared/contracts/dead-letter";
import { Job } from "@reelway/shared/contracts/job";
import { type BudgetUse, Usage } from "@reelway/shared/contracts/usage";
import { newRegionalId } from "@reelway/shared/ids";
import { beforeAll, describe, expect, test } from "vitest";
import { api } from "./support/api.ts";
import { announce, problemOf, readyAsset } from "./support/assets.ts";
import { callLease, jobRow, leaseOver, makeRunner } from "./support/fleet.ts";
import { complete, write } from "./support/leases.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

const dayMs = 86_400_000;
const order = { spec: { kind: "probe" } } as const;
const exhausted = [429, "budget_exhausted"];

const setBudget = (key: TestKey, budget: object, by = admin) =>
  api(`/tenants/${key.tenantId}`, { method: "PATCH", key: by.secret, body: { budget } });
async function tenantWith(budget: object): Promise<TestKey> {
  const key = await newTenantKey(admin, "budgeted");
  expect((await setBudget(key, budget)).status).toBe(200);
  return key;
}
const post = (path: string, key: TestKey, body: object = {}, headers: Record<string, string> = {}) =>
  api(path, { method: "POST", key: key.secret, body, headers });
const useOf = async (key: TestKey): Promise<BudgetUse> =>
  Usage.parse(await (await api("/usage", { key: key.secret })).json()).budget;
const jobsOf = async (key: TestKey) =>
  (await env.DB.prepare("SELECT count(*) AS n FROM jobs WHERE tenantId = ?").bind(key.tenantId).first<{ n: number }>())
    ?.n;
/** All that was used today was used yesterday. */
const nextDay = (key: TestKey) =>
  env.DB.prepare("UPDATE usage_days SET day = day - 1 WHERE tenantId = ?").bind(key.tenantId).run();
const statuses = async (answers: Promise<Response>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).sort();

describe("jobs a day", () => {
  test("are as many as it says, however many are asked for at once; the next day there are as many again", async () => {
    const key = await tenantWith({ jobsPerDay: 4 });
    const { id: assetId } = await readyAsset(key);
    const ask = () => post("/jobs", key, { ...order, assetId });
    expect(await statuses(Array.from({ length: 10 }, ask))).toEqual([...Array(4).fill(201), ...Array(6).fill(429)]);
    expect(await jobsOf(key)).toBe(4);
    const refused = await ask();
    const untilMidnight = (Math.floor(Date.now() / dayMs + 1) * dayMs - Date.now()) / 1_000;
    expect(Math.abs(Number(refused.headers.get("retry-after")) - untilMidnight)).toBeLessThan(60);
    expect(await refused.json()).toMatchObject({
      code: "budget_exhausted",
      detail: expect.stringMatching(
        /asked for 4 of 4 jobs today, and this is more than are left; its budget begins anew at \d{4}-\d\d-\d\dT00:00:00.000Z$/,
      ),
    });
    expect((await useOf(key)).jobs).toEqual({ used: 4, limit: 4 });
    const other = await newTenantKey(admin, "other");
    const { id } = await readyAsset(other);
    expect((await post("/jobs", other, { ...order, assetId: id })).status, "another tenant's are its own").toBe(201);
    await nextDay(key);
    expect((await ask()).status).toBe(201);
  });

  test("count each request once: what is sent again is answered as before, and what is refused for other reasons costs nothing", async () => {
    const key = await tenantWith({ jobsPerDay: 1 });
    const { id: assetId } = await readyAsset(key);
    const again = { "idempotency-key": "order-1" };
    expect((await post("/jobs", key, { ...order, assetId: newRegionalId("ast", "enam") })).status).toBe(404);
    expect(await statuses(Array.from({ length: 5 }, () => post("/jobs", key, { ...order, assetId }, again)))).toEqual(
      Array(5).fill(201),
    );
    expect(await jobsOf(key)).toBe(1);
    expect(await problemOf(await post("/jobs", key, { ...order, assetId }, { "idempotency-key": "order-2" }))).toEqual(
      exhausted,
    );
    expect((await useOf(key)).jobs.used).toBe(1);
    await setBudget(key, { jobsPerDay: 2 });
    expect((await post("/jobs", key, { ...order, assetId }, { "idempotency-key": "order-2" })).status).toBe(201);
  });

  test("take a batch whole or not at all, also of two at once", async () => {
    const key = await tenantWith({ jobsPerDay: 5 });
    const { id: assetId } = await readyAsset(key);
    const batch = (count: number) =>
      post("/batches", key, { name: "b", job: order, sources: Array.from({ length: count }, () => ({ assetId })) });
    expect(await statuses([batch(3), batch(3)])).toEqual([201, 429]);
    expect([await jobsOf(key), (await useOf(key)).jobs.used]).toEqual([3, 3]);
    const { results } = await env.DB.prepare("SELECT total FROM batches WHERE tenantId = ?").bind(key.tenantId).all();
    expect(results).toEqual([{ total: 3 }]);
    expect((await batch(2)).status).toBe(201);
    expect(await problemOf(await batch(1))).toEqual(exhausted);
  });

  test("count the fetch of a source as one", async () => {
    const key = await tenantWith({ jobsPerDay: 3 });
    const ask = () => post("/jobs", key, { ...order, sourceUrl: "https://media.example.com/a.mp4" });
    expect((await ask()).status).toBe(201);
    expect(await problemOf(await ask())).toEqual(exhausted);
    expect((await post("/assets", key, { sourceUrl: "https://media.example.com/a.mp4" })).status).toBe(201);
    expect((await useOf(key)).jobs.used).toBe(3);
  });

  test("count a retry, of one job, of a batch, and of dead letters", async () => {
    const key = await tenantWith({ jobsPerDay: 3 });
    const { id: assetId } = await readyAsset(key);
    const sources = [{ assetId }, { assetId }];
    const batch = Batch.parse(await (await post("/batches", key, { name: "b", job: order, sources })).json());
    const { items } = (await (await api(`/batches/${batch.id}/jobs`, { key: key.secret })).json()) as { items: Job[] };
    const [first = "", second = ""] = items.map(({ id }) => id);
    for (const id of [first, second])
      await env.DB.prepare("UPDATE jobs SET state = 'failed', finishedAt = 1 WHERE id = ?").bind(id).run();
    expect(await problemOf(await post(`/batches/${batch.id}/retry-failed`, key)), "two are more than one").toEqual(
      exhausted,
    );
    expect((await post(`/jobs/${first}/retry`, key)).status).toBe(200);
    expect(await problemOf(await post(`/jobs/${second}/retry`, key))).toEqual(exhausted);
    const replayed = await (await post("/dead-letters/replay", key, { ids: [second] })).json<DeadLetterOutcomes>();
    expect(replayed.items).toEqual([{ id: second, outcome: "refused", code: "budget_exhausted" }]);
    expect([(await jobRow(second)).run, (await useOf(key)).jobs.used]).toEqual([1, 3]);
    await setBudget(key, { jobsPerDay: null });
    expect((await post(`/batches/${batch.id}/retry-failed`, key)).status).toBe(200);
    expect((await useOf(key)).jobs).toEqual({ used: 4, limit: null });
  });
});

describe("minutes of work a day", () => {
  test("stop new jobs once they are used up; what is queued by then runs and ends", async () => {
    const key = await tenantWith({ workMinutesPerDay: 2 });
    const { id: assetId } = await readyAsset(key, { region: "apac" });
    const ask = () => post("/jobs", key, { ...order, assetId });
    const made = await Promise.all([ask(), ask()]);
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    const runner = await makeRunner("apac");
    for (const minutes of [1.5, 1.5]) {
      const [task] = await leaseOver(runner);
      if (!task) throw new Error("nothing to lease");
      const outputs = [await write(task, runner, "metadata.json", "{}")];
      const took = { runnerId: runner.id, encoder: null, ffmpeg: "9.0", downloadMs: 1, uploadMs: 1 };
      const execution = { ...took, processMs: minutes * 60_000 };
      const answer = await callLease(runner, "complete", task.leaseToken, { manifest: { outputs, execution } });
      expect(answer.status).toBe(200);
    }
    const { id } = Job.parse(await made[1]?.json());
    expect((await jobRow(id)).state).toBe("succeeded");
    expect((await useOf(key)).workMinutes).toEqual({ used: 3, limit: 2 });
    expect(await problemOf(await ask())).toEqual(exhausted);
    expect((await post("/assets", key, { name: "a.mp4", bytes: 9 })).status, "an upload is not work").toBe(201);
  });
});

describe("bytes a day", () => {
  test("are what uploads announce, however many at once; a job is taken until they are used up", async () => {
    const key = await tenantWith({ bytesPerDay: 3_000 });
    const { id: assetId } = await readyAsset(key);
    const announceIt = (bytes: number) => post("/assets", key, { name: "a.mp4", bytes });
    expect(await statuses(Array.from({ length: 4 }, () => announceIt(900)))).toEqual([201, 201, 429, 429]);
    expect((await useOf(key)).bytes).toEqual({ used: 2_800, limit: 3_000 });
    expect((await post("/jobs", key, { ...order, assetId })).status).toBe(201);
    expect((await announceIt(200)).status).toBe(201);
    expect(await problemOf(await announceIt(1))).toEqual(exhausted);
    expect(await problemOf(await post("/jobs", key, { ...order, assetId }))).toEqual(exhausted);
    await nextDay(key);
    await announce(key, { bytes: 3_000 });
    expect(await problemOf(await announceIt(1))).toEqual(exhausted);
  });

  test("are also what is made, and what is fetched", async () => {
    const key = await tenantWith({ bytesPerDay: 5_000 });
    const { id: assetId } = await readyAsset(key, { region: "weur" });
    expect((await post("/jobs", key, { ...order, assetId })).status).toBe(201);
    const runner = await makeRunner("weur");
    const [task] = await leaseOver(runner);
    if (!task) throw new Error("nothing to lease");
    await complete(runner, task.leaseToken, [await write(task, runner, "metadata.json", "x".repeat(4_000))]);
    expect((await useOf(key)).bytes).toEqual({ used: 5_000, limit: 5_000 });
    expect(await problemOf(await post("/jobs", key, { ...order, assetId }))).toEqual(exhausted);

    const fetching = await tenantWith({ bytesPerDay: 100 });
    const sourceUrl = "https://media.example.com/a.mp4";
    expect((await post("/assets", fetching, { sourceUrl, region: "weur" })).status).toBe(201);
    const [fetch] = await leaseOver(runner, { capabilities: ["kind:fetch"] });
    if (!fetch) throw new Error("nothing to fetch");
    const source = { ...(await write(fetch, runner, "source.mp4", "y".repeat(150))), role: "source" as const };
    await complete(runner, fetch.leaseToken, [source]);
    expect((await useOf(fetching)).bytes).toEqual({ used: 150, limit: 100 });
    expect(await problemOf(await post("/assets", fetching, { name: "a.mp4", bytes: 1 }))).toEqual(exhausted);
  });
});

describe("a budget", () => {
  test("is the platform's to set, each limit by itself, shown to its tenant, and in the audit log", async () => {
    const key = await tenantWith({ jobsPerDay: 3, bytesPerDay: 9 });
    expect(await problemOf(await setBudget(key, { jobsPerDay: 9 }, key))).toEqual([403, "forbidden"]);
    for (const bad of [{}, { jobsPerDay: -1 }, { jobsPerDay: 1.5 }, { minutes: 3 }])
      expect(await problemOf(await setBudget(key, bad))).toEqual([422, "invalid_request"]);
    await setBudget(key, { workMinutesPerDay: 7, bytesPerDay: null });
    const budget = { jobsPerDay: 3, workMinutesPerDay: 7, bytesPerDay: null };
    expect(await (await api("/tenant", { key: key.secret })).json()).toMatchObject({ budget });
    const told = env.DB.prepare(
      "SELECT detail FROM audit_log WHERE resource = ? AND action = 'tenant.update' ORDER BY sequence",
    );
    const { results } = await told.bind(key.tenantId).all<{ detail: string }>();
    expect(results.map(({ detail }) => JSON.parse(detail))).toEqual([
      { budget: { jobsPerDay: 3, bytesPerDay: 9 } },
      { budget: { workMinutesPerDay: 7, bytesPerDay: null } },
    ]);
  });

  test("of nothing stops a tenant, and none leaves it alone", async () => {
    const key = await tenantWith({ jobsPerDay: 0 });
    const { id: assetId } = await readyAsset(key);
    expect(await problemOf(await post("/jobs", key, { ...order, assetId }))).toEqual(exhausted);
    await setBudget(key, { jobsPerDay: null });
    expect((await post("/jobs", key, { ...order, assetId })).status).toBe(201);
  });
});
