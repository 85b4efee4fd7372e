import { env } from "cloudflare:workers";
import { AuditRecord } from "@reelway/shared/contracts/audit";
import { HeartbeatAnswer } from "@reelway/shared/contracts/lease";
import { RegionReport } from "@reelway/shared/contracts/region";
import { Runner } from "@reelway/shared/contracts/runner";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import { databaseOf } from "../src/store/database.ts";
import { auditLog } from "../src/store/schema.ts";
import { api } from "./support/api.ts";
import { announce, problemOf } from "./support/assets.ts";
import { call, description, jobRow, leaseOver, makeRunner, makeTenant, seedJob } from "./support/fleet.ts";
import { complete, write } from "./support/leases.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

let admin: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
});

const post = (path: string, key: TestKey, body?: unknown) => api(path, { method: "POST", key: key.secret, body });
const auditsOf = (resource: string) => databaseOf(env).select().from(auditLog).where(eq(auditLog.resource, resource));

async function report(key: TestKey, id: string): Promise<RegionReport> {
  const answer = await (await api("/regions", { key: key.secret })).json();
  const found = z
    .object({ items: z.array(RegionReport) })
    .parse(answer)
    .items.find((region) => region.id === id);
  return found ?? expect.unreachable();
}

test("a drained region takes nothing new; what waits leaves, what runs ends there; resumed, it serves again", async () => {
  const [local, other] = [await makeRunner("weur"), await makeRunner("enam")];
  await leaseOver(other);
  const running = await seedJob("weur", { tenantId: await makeTenant() });
  await dispatchJob(env, running);
  const [task] = await leaseOver(local);
  if (!task) throw new Error("nothing to lease");
  const [waiting, bound] = [
    await seedJob("weur", { tenantId: await makeTenant() }),
    await seedJob("weur", { tenantId: await makeTenant(["weur"]) }),
  ];
  await Promise.all([waiting, bound].map((entry) => dispatchJob(env, entry)));

  const answer = await post("/regions/weur/drain", admin, { reason: "new hosts" });
  expect(answer.status).toBe(200);
  const drained = RegionReport.parse(await answer.json());
  expect(drained).toMatchObject({
    state: "drained",
    operation: { drainReason: "new hosts", liveRunners: 1 },
    queue: { ready: 1, leased: 1 },
  });
  expect(await jobRow(waiting.job.id)).toMatchObject({ region: "enam", run: 2 });
  expect(await jobRow(bound.job.id)).toMatchObject({ region: "weur", run: 1 });
  expect(await jobRow(running.job.id)).toMatchObject({ region: "weur", run: 1, state: "running" });
  expect(await problemOf(await post("/assets", admin, { name: "a.mp4", bytes: 5, region: "weur" }))).toEqual([
    503,
    "region_unavailable",
  ]);
  expect((await announce(admin, { bytes: 5 })).asset.region).not.toBe("weur");

  expect((await complete(local, task.leaseToken, [await write(task, local, "metadata.json")])).status).toBe(200);
  // What may go nowhere else is still done there.
  expect((await leaseOver(local)).map(({ jobId }) => jobId)).toEqual([bound.job.id]);

  // Draining it again tells only why.
  const { drainedAt } = drained.operation ?? {};
  const again = RegionReport.parse(await (await post("/regions/weur/drain", admin, { reason: "still" })).json());
  expect(again.operation).toMatchObject({ drainedAt, drainReason: "still" });
  for (let times = 0; times < 2; times++)
    expect(RegionReport.parse(await (await post("/regions/weur/resume", admin)).json()).state).toBe("serving");
  expect((await auditsOf("weur")).map(({ action, actorId, detail }) => [action, actorId, detail])).toEqual([
    ["region.drain", admin.id, { reason: "new hosts" }],
    ["region.resume", admin.id, null],
  ]);
  expect((await announce(admin, { bytes: 5, region: "weur" })).asset.region).toBe("weur");
  expect((await report(admin, "weur")).operation?.lastHour).toMatchObject({ succeeded: 1, failed: 0, failureRate: 0 });
});

test("only the platform's operators and admins drain and resume, and only regions that there are", async () => {
  const tenantAdmin = await newTenantKey(admin, "another");
  const [viewer, operator] = [
    await newKey(admin, { name: "v", role: "viewer" }),
    await newKey(admin, { name: "o", role: "operator" }),
  ];
  for (const verb of ["drain", "resume"]) {
    const body = verb === "drain" ? { reason: "r" } : undefined;
    for (const key of [tenantAdmin, viewer]) expect((await post(`/regions/apac/${verb}`, key, body)).status).toBe(403);
    expect((await post(`/regions/apac/${verb}`, operator, body)).status).toBe(200);
    expect((await post(`/regions/mars/${verb}`, operator, body)).status).toBe(404);
  }
  for (const body of [{}, { reason: "" }, { reason: "r", more: 1 }, { reason: "x".repeat(201) }])
    expect((await post("/regions/apac/drain", operator, body)).status).toBe(422);
  // Others see that a region is drained, and nothing of the fleet.
  const drained = await post("/regions/apac/drain", operator, { reason: "a secret" });
  expect(drained.status).toBe(200);
  expect(await report(tenantAdmin, "apac")).toMatchObject({ state: "drained", operation: null, queue: null });
  await post("/regions/apac/resume", operator);
});

test("a drained runner is told so, is given nothing, and is shown as draining until it is resumed", async () => {
  const runner = await makeRunner("apac");
  await leaseOver(runner);
  const beat = async () => {
    const body = { runner: description, leases: [] };
    return HeartbeatAnswer.parse(await (await call("POST", "/runner/heartbeat", runner.authorization, body)).json())
      .drain;
  };
  const entry = await seedJob("apac", { tenantId: await makeTenant() });
  expect(await beat()).toBe(false);
  const drained = Runner.parse(await (await post(`/runners/${runner.id}/drain`, admin)).json());
  expect(drained.state).toBe("draining");
  expect(await beat()).toBe(true);
  await dispatchJob(env, entry);
  expect(await leaseOver(runner)).toEqual([]);
  // A region is alive by runners that take work.
  expect((await report(admin, "apac")).operation?.liveRunners).toBe(0);

  expect(Runner.parse(await (await post(`/runners/${runner.id}/resume`, admin)).json()).id).toBe(runner.id);
  expect(await beat()).toBe(false);
  expect((await leaseOver(runner)).map(({ jobId }) => jobId)).toEqual([entry.job.id]);
  await post(`/runners/${runner.id}/resume`, admin);
  expect((await auditsOf(runner.id)).map(({ action }) => action)).toEqual(["runner.drain", "runner.resume"]);
  expect(z.array(AuditRecord.shape.action).parse(["runner.drain", "runner.resume"])).toHaveLength(2);

  expect((await post(`/runners/${runner.id.replace("run_0", "run_1")}/drain`, admin)).status).toBe(404);
  expect((await post(`/runners/${runner.id}/drain`, await newTenantKey(admin, "third"))).status).toBe(403);
  await api(`/runners/${runner.id}`, { method: "DELETE", key: admin.secret });
  expect((await post(`/runners/${runner.id}/drain`, admin)).status).toBe(404);
});
