import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { HeartbeatAnswer, LeaseAnswer } from "@reelway/shared/contracts/lease";
import { RegionReport } from "@reelway/shared/contracts/region";
import { Registered, RegistrationTokenCreated, Runner, RunnerTasks } from "@reelway/shared/contracts/runner";
import { newRegionalId } from "@reelway/shared/ids";
import { expect, test } from "vitest";
import { z } from "zod";
import { dispatchJob } from "../src/dispatch/dispatch.ts";
import type { Env } from "../src/env.ts";
import { withStanding } from "../src/runners/fleet.ts";
import { settingsOf } from "../src/settings.ts";
import { findRunnerRow } from "../src/store/runners.ts";
import {
  call,
  codeOf,
  description,
  jobRow,
  leaseOver,
  makeKey,
  makeRunner,
  queueOf,
  seedJob,
} from "./support/fleet.ts";
import { end } from "./support/leases.ts";
import { without } from "./support/shards.ts";

const platform = await makeKey("admin", true);

async function makeToken(body: object = {}) {
  const response = await call("POST", "/runners/tokens", platform.authorization, body);
  return RegistrationTokenCreated.parse(await response.json());
}

const register = (token: string | null, more: object = {}) => {
  const body = { token, name: "host-1", region: "weur", labels: [], protocol: 1, version: "1.0.0", ...more };
  return call("POST", "/runners/register", "", body);
};

test("a registration token becomes a runner with a credential of its own, which leases", async () => {
  const { token } = await makeToken();
  const response = await register(token, { labels: ["gpu", "gpu"] });
  expect(response.status).toBe(201);
  const { runnerId, credential } = Registered.parse(await response.json());
  expect(await leaseOver({ id: runnerId, authorization: `Bearer ${credential}` })).toEqual([]);

  const shown = await call("GET", `/runners/${runnerId}`, platform.authorization);
  expect(Runner.parse(await shown.json())).toMatchObject({
    id: runnerId,
    name: "host-1",
    region: "weur",
    labels: ["gpu"],
    state: "online",
    slots: 1,
    activeTasks: 0,
  });
  // The token is used up, and never was a credential itself.
  expect(await codeOf(await register(token))).toBe("registration_refused");
  expect((await call("GET", "/runners", `Bearer ${token}`)).status).toBe(401);
});

test("fifty at once get exactly as many runners as the token allows", async () => {
  const { token } = await makeToken({ maxUses: 3 });
  const before = await countRunners();
  const responses = await Promise.all(Array.from({ length: 50 }, () => register(token)));
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(3);
  expect(statuses.filter((status) => status === 401)).toHaveLength(47);
  expect((await countRunners()) - before).toBe(3);
});

test("a token holds until it expires, for its region, and only unchanged", async () => {
  const regional = await makeToken({ region: "apac" });
  expect(await codeOf(await register(regional.token))).toBe("registration_refused");
  expect((await register(regional.token, { region: "apac" })).status).toBe(201);

  const expired = await makeToken();
  await env.DB.prepare("UPDATE registration_tokens SET expiresAt = 1 WHERE id = ?").bind(expired.id).run();
  expect(await codeOf(await register(expired.token))).toBe("registration_refused");
  expect(await codeOf(await register(`${expired.token}x`))).toBe("registration_refused");
  expect(await codeOf(await register("rubbish"))).toBe("registration_refused");
});

test("a runner of an older protocol is told to update, wherever it comes in", async () => {
  const { token } = await makeToken();
  const refused = await register(token, { protocol: 0 });
  expect([refused.status, await codeOf(refused)]).toEqual([426, "runner_outdated"]);
  const runner = await makeRunner("weur");
  const outdated = { ...description, protocol: 0 };
  const lease = await call("POST", "/runner/leases", runner.authorization, { runner: outdated, max: 1 });
  const beat = await call("POST", "/runner/heartbeat", runner.authorization, { runner: outdated, leases: [] });
  expect([lease.status, beat.status]).toEqual([426, 426]);
});

test("a runner has the labels that it was registered with, and none that it claims", async () => {
  const entry = await seedJob("weur", { runnerLabels: ["gpu"] });
  await dispatchJob(env, entry);
  const liar = await makeRunner("weur");
  expect(await leaseOver(liar, { capabilities: ["kind:probe", "label:gpu"] })).toEqual([]);
  const labelled = await makeRunner("weur", ["gpu"]);
  expect(await leaseOver(labelled)).toMatchObject([{ jobId: entry.job.id }]);
});

test("a token that names labels gives its runners these, and a host that claims others stays out", async () => {
  const { token, labels, id } = await makeToken({ labels: ["studio", "gpu"], maxUses: 3 });
  expect(labels).toEqual(["studio", "gpu"]);
  const refused = await register(token, { labels: ["gpu", "vault"] });
  expect([refused.status, await codeOf(refused)]).toEqual([403, "labels_refused"]);
  for (const claimed of [[], ["gpu"], ["gpu", "studio"]]) {
    const { runnerId } = Registered.parse(await (await register(token, { labels: claimed })).json());
    const shown = Runner.parse(await (await call("GET", `/runners/${runnerId}`, platform.authorization)).json());
    expect(shown.labels).toEqual(["studio", "gpu"]);
    const told = env.DB.prepare("SELECT detail FROM audit_log WHERE action = 'runner.register' AND resource = ?");
    expect(JSON.parse((await told.bind(runnerId).first<string>("detail")) ?? "")).toMatchObject({
      labels: ["studio", "gpu"],
      tokenId: id,
    });
  }
  // What was refused was no use: three were left.
  expect(await codeOf(await register(token, { labels: ["gpu"] }))).toBe("registration_refused");

  const none = await makeToken({ labels: [] });
  expect(await codeOf(await register(none.token, { labels: ["gpu"] }))).toBe("labels_refused");
  expect((await register(none.token)).status).toBe(201);
});

test("a revoked runner's tasks go to others at once, and isolates that have not heard of it can give it nothing", async () => {
  const entry = await seedJob("apac");
  await dispatchJob(env, entry);
  const runner = await makeRunner("apac");
  const [task] = await leaseOver(runner);
  if (!task) throw new Error("nothing was leased");
  expect((await call("DELETE", `/runners/${runner.id}`, platform.authorization)).status).toBe(204);

  // What an isolate that still trusts the credential would call.
  const { protocol: _, ...known } = description;
  const queue = queueOf("apac");
  const asked = { ...known, runnerId: runner.id, waitId: "w", max: 1, waitMs: 0 };
  expect(await queue.lease(asked)).toEqual([]);
  const lease = { taskId: task.taskId, epoch: task.epoch };
  const { verdicts } = await queue.heartbeat({ ...known, runnerId: runner.id, leases: [lease] });
  expect(verdicts).toMatchObject([{ ...lease, verdict: "lost" }]);
  expect(await queue.complete({ ...lease, runnerId: runner.id, result: "{}" })).toBe("lease_lost");
  await evictDurableObject(queue);
  expect(await queueOf("apac").lease(asked)).toEqual([]);

  const other = await makeRunner("apac");
  const [again] = await leaseOver(other);
  if (!again) throw new Error("nothing was leased again");
  expect(again).toMatchObject({ jobId: entry.job.id, epoch: task.epoch + 1 });
  await end(other, again);
});

test("registration tokens are listed without their text, revoked, and made once per Idempotency-Key", async () => {
  const headers = { "idempotency-key": "one-token" };
  const make = async () => {
    const response = await call("POST", "/runners/tokens", platform.authorization, { maxUses: 3 }, headers);
    return RegistrationTokenCreated.parse(await response.json());
  };
  const first = await make();
  expect(await make()).toEqual({ ...first, token: null });
  const other = await call("POST", "/runners/tokens", platform.authorization, { maxUses: 4 }, headers);
  expect(await codeOf(other)).toBe("idempotency_mismatch");
  expect((await register(first.token)).status).toBe(201);

  const listed = await (await call("GET", "/runners/tokens", platform.authorization)).text();
  expect(listed).toContain(first.id);
  expect(listed).not.toContain(first.token?.split("_").at(-2));
  expect(JSON.parse(listed).items.find(({ id }: { id: string }) => id === first.id)).toMatchObject({
    uses: 1,
    maxUses: 3,
  });

  const revoke = () => call("DELETE", `/runners/tokens/${first.id}`, platform.authorization);
  expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204]);
  expect(await codeOf(await register(first.token))).toBe("registration_refused");
  expect((await call("DELETE", "/runners/tokens/rtk_01arz3ndektsv4rrffq69g5fav", platform.authorization)).status).toBe(
    404,
  );
});

test("a revoked runner is refused, everywhere the same, and is shown as revoked", async () => {
  const runner = await makeRunner("enam");
  await leaseOver(runner);
  const revoked = await call("DELETE", `/runners/${runner.id}`, platform.authorization);
  expect(revoked.status).toBe(204);
  const body = { runner: description, max: 1 };
  expect((await call("POST", "/runner/leases", runner.authorization, body)).status).toBe(401);
  const shown = await call("GET", `/runners/${runner.id}`, platform.authorization);
  expect(await shown.json()).toMatchObject({ state: "revoked" });
  const missing = newRegionalId("run", "enam");
  expect((await call("DELETE", `/runners/${missing}`, platform.authorization)).status).toBe(404);
});

test("the fleet is the platform's: a tenant's admin can't see it, and a runner can't use the API", async () => {
  const tenant = await makeKey("admin");
  for (const [method, path] of [
    ["GET", "/runners"],
    ["POST", "/runners/tokens"],
    ["DELETE", `/runners/${newRegionalId("run", "weur")}`],
  ] as const)
    expect((await call(method, path, tenant.authorization, method === "POST" ? {} : undefined)).status, path).toBe(403);
  const runner = await makeRunner("weur");
  expect((await call("GET", "/runners", runner.authorization)).status).toBe(403);
  expect((await call("GET", "/jobs", runner.authorization)).status).toBe(403);
  const body = { runner: description, max: 1 };
  expect((await call("POST", "/runner/leases", platform.authorization, body)).status).toBe(403);
});

test("a runner that still proves its host is in the fleet as that, is given nothing, and offers nothing", async () => {
  const entry = await seedJob("weur", { runnerLabels: ["slow-start"] });
  await dispatchJob(env, entry);
  const runner = await makeRunner("weur", ["slow-start"]);
  const shown = async () =>
    Runner.parse(await (await call("GET", `/runners/${runner.id}`, platform.authorization)).json());
  const beat = (said: object) =>
    call("POST", "/runner/heartbeat", runner.authorization, { runner: { ...description, ...said }, leases: [] });
  await beat({ capabilities: ["proving"], draining: true });
  expect(await shown()).toMatchObject({ state: "proving", capabilities: ["label:slow-start"], activeTasks: 0 });
  expect(await leaseOver(runner, { capabilities: ["proving"], draining: true })).toEqual([]);

  await call("POST", `/runners/${runner.id}/drain`, platform.authorization);
  expect((await shown()).state).toBe("draining");
  await call("POST", `/runners/${runner.id}/resume`, platform.authorization);
  await beat({});
  expect(await shown()).toMatchObject({ state: "online", capabilities: ["kind:probe", "label:slow-start"] });
  expect(await leaseOver(runner)).toMatchObject([{ jobId: entry.job.id }]);
});

test("runners are listed newest first, a page at a time, each once", async () => {
  const made = [await makeRunner("apac"), await makeRunner("apac"), await makeRunner("apac")].map(({ id }) => id);
  const Page = z.object({ items: z.array(Runner), nextCursor: z.string().nullable() });
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "?limit=2" : `?limit=2&cursor=${encodeURIComponent(cursor)}`;
    const page = Page.parse(await (await call("GET", `/runners${query}`, platform.authorization)).json());
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([...new Set(seen)]);
  expect(seen).toEqual(expect.arrayContaining(made));
  expect(seen.slice(0, 3)).toEqual([...seen.slice(0, 3)].sort().reverse());
});

test("a long-poll is answered by a job that comes while it waits", async () => {
  const runner = await makeRunner("apac");
  const waiting = call("POST", "/runner/leases", runner.authorization, { runner: description, max: 1, waitMs: 10_000 });
  await expect.poll(async () => (await stateOf(runner.id)) === "online").toBe(true);
  const entry = await seedJob("apac");
  await dispatchJob(env, entry);
  const { tasks } = LeaseAnswer.parse(await (await waiting).json());
  expect(tasks).toMatchObject([{ jobId: entry.job.id }]);
  await expect.poll(async () => (await jobRow(entry.job.id)).state).toBe("running");
});

test("a long-poll that was hung up on is given nothing", async () => {
  const runner = await makeRunner("apac");
  const hangUp = new AbortController();
  const body = JSON.stringify({ runner: description, max: 1, waitMs: 10_000 });
  const headers = { authorization: runner.authorization, "content-type": "application/json" };
  const request = { method: "POST", headers, body, signal: hangUp.signal };
  const waiting = exports.default.fetch(new Request("https://reelway.test/api/v1/runner/leases", request));
  await expect.poll(async () => (await stateOf(runner.id)) === "online").toBe(true);
  hangUp.abort();
  await expect(waiting).rejects.toThrow();

  const entry = await seedJob("apac");
  await dispatchJob(env, entry);
  expect(await queueOf("apac").counts()).toMatchObject({ ready: 1, leased: 1 });
  await leaseOver(await makeRunner("apac"));
});

test("the doorbell wants a runner's credential and a WebSocket, and rings", async () => {
  const runner = await makeRunner("enam");
  await leaseOver(runner);
  expect((await call("GET", "/runner/doorbell", runner.authorization)).status).toBe(422);
  const upgrade = { upgrade: "websocket" };
  expect((await call("GET", "/runner/doorbell", platform.authorization, undefined, upgrade)).status).toBe(403);
  const { status, webSocket } = await call("GET", "/runner/doorbell", runner.authorization, undefined, upgrade);
  expect(status).toBe(101);
  const heard: unknown[] = [];
  webSocket?.addEventListener("message", ({ data }) => {
    heard.push(data);
  });
  webSocket?.accept();
  webSocket?.send("ping");
  await expect.poll(() => heard).toEqual(["pong"]);
  await dispatchJob(env, await seedJob("enam"));
  await expect.poll(() => heard).toEqual(["pong", '{"type":"work"}']);
});

test("regions are listed with their queues, for those who may see the fleet", async () => {
  const Regions = z.object({ items: z.array(RegionReport) });
  const seenBy = async (authorization: string) =>
    Regions.parse(await (await call("GET", "/regions", authorization)).json()).items;
  const items = await seenBy(platform.authorization);
  expect(items.map(({ id }) => id)).toEqual(["enam", "weur", "apac"]);
  expect(items.every(({ queue }) => queue !== null && queue.ready >= 0)).toBe(true);
  const { authorization } = await makeKey("member");
  expect((await seenBy(authorization)).map(({ queue }) => queue)).toEqual([null, null, null]);
});

async function stateOf(id: string) {
  return Runner.parse(await (await call("GET", `/runners/${id}`, platform.authorization)).json()).state;
}

async function countRunners() {
  return (await env.DB.prepare("SELECT count(*) AS count FROM runners").first<number>("count")) ?? 0;
}

test("the fleet's list can be one region's, and leave out who is revoked", async () => {
  const [here, there, gone] = [await makeRunner("apac"), await makeRunner("enam"), await makeRunner("apac")];
  await call("DELETE", `/runners/${gone.id}`, platform.authorization);
  const ids = async (query: string) => {
    const answer = await (await call("GET", `/runners?limit=100&${query}`, platform.authorization)).json();
    const { items } = z.object({ items: z.array(Runner) }).parse(answer);
    return [here, there, gone].map(({ id }) => items.some((runner) => runner.id === id));
  };
  expect(await ids("")).toEqual([true, true, true]);
  expect(await ids("region=apac")).toEqual([true, false, true]);
  expect(await ids("region=apac&revoked=false")).toEqual([true, false, false]);
  expect(await ids("revoked=true")).toEqual([false, false, true]);
});

test("a runner's tasks and failures are shown, whose they are only to those who may see all tenants", async () => {
  const tenant = await makeKey("member");
  const runner = await makeRunner("enam");
  // What other tests left waiting is not for it.
  await runInDurableObject(queueOf("enam"), (_, { storage }) => {
    for (const table of ["tasks", "jobs"]) storage.sql.exec(`DELETE FROM ${table}`);
  });
  const seed = () => seedJob("enam", { tenantId: tenant.tenantId });
  const failing = await seed();
  await dispatchJob(env, failing);
  const [first] = await leaseOver(runner);
  await end(runner, first ?? expect.unreachable());
  const running = await seed();
  await dispatchJob(env, running);
  const [task] = await leaseOver(runner);

  const tasks = async (authorization: string) => {
    const answer = await call("GET", `/runners/${runner.id}/tasks`, authorization);
    return answer.status === 200 ? RunnerTasks.parse(await answer.json()) : answer.status;
  };
  const { tenantId } = tenant;
  expect(await tasks(platform.authorization)).toEqual({
    leases: [
      {
        jobId: running.job.id,
        tenantId,
        part: "",
        attempt: 1,
        startedAt: expect.any(Number),
        expiresAt: task?.expiresAt,
      },
    ],
    failures: [{ jobId: failing.job.id, tenantId, part: "", at: expect.any(Number), code: "input_unreadable" }],
  });
  const member = await makeKey("member", true);
  expect(await tasks(member.authorization)).toMatchObject({
    leases: [{ jobId: null, tenantId: null, attempt: 1 }],
    failures: [{ jobId: null, tenantId: null, code: "input_unreadable" }],
  });
  // Runners are the platform's.
  expect(await tasks(tenant.authorization)).toBe(403);
  const leasesListed = async (authorization: string) => {
    const answer = await call("GET", "/runners?region=enam&revoked=false&limit=100", authorization);
    const { items } = z.object({ items: z.array(Runner) }).parse(await answer.json());
    return items.find(({ id }) => id === runner.id)?.leases;
  };
  expect(await leasesListed(platform.authorization)).toMatchObject([{ jobId: running.job.id, tenantId, attempt: 1 }]);
  expect(await leasesListed(member.authorization)).toMatchObject([{ jobId: null, tenantId: null, attempt: 1 }]);
  const shown = await call("GET", `/runners/${runner.id}`, platform.authorization);
  expect(Runner.parse(await shown.json())).toMatchObject({
    activeTasks: 1,
    leases: [{ jobId: running.job.id }],
    drainedAt: null,
    lastFailure: { code: "input_unreadable" },
  });
  await end(runner, task ?? expect.unreachable());
  const unknown = runner.id.replace("run_0", "run_1");
  expect((await call("GET", `/runners/${unknown}/tasks`, platform.authorization)).status).toBe(404);
});

test("people rename a runner, give it labels and say how many tasks it works on, while it works", async () => {
  const runner = await makeRunner("weur");
  const change = (body: object, who = platform.authorization) => call("PATCH", `/runners/${runner.id}`, who, body);
  const beat = async (load?: object) => {
    const response = await call("POST", "/runner/heartbeat", runner.authorization, {
      ...{ runner: description, leases: [], ...(load && { load }) },
    });
    return HeartbeatAnswer.parse(await response.json());
  };
  expect(await beat()).toMatchObject({ slots: null });
  const changed = await change({ name: "rack-3", labels: ["vault", "vault"], slots: 3 });
  expect(changed.status).toBe(200);
  expect(Runner.parse(await changed.json())).toMatchObject({ name: "rack-3", labels: ["vault"], slotsWanted: 3 });
  // It learns of it by its beat; its new label counts for what it is leased from now on.
  expect(await beat()).toMatchObject({ slots: 3 });
  const shown = async () =>
    Runner.parse(await (await call("GET", `/runners/${runner.id}`, platform.authorization)).json());
  expect((await shown()).capabilities).toContain("label:vault");
  expect(Runner.parse(await (await change({ slots: null })).json())).toMatchObject({
    name: "rack-3",
    slotsWanted: null,
  });

  expect((await shown()).load).toBeNull();
  const load = { cpu: 0.5, memoryUsedBytes: 1, memoryBytes: 2, speed: 2.5, devices: [] };
  await beat(load);
  expect((await shown()).load).toEqual(load);

  expect(await codeOf(await change({}))).toBe("invalid_request");
  expect(await codeOf(await change({ slots: 0 }))).toBe("invalid_request");
  expect((await change({ slots: 2 }, (await makeKey("member")).authorization)).status).toBe(403);
  await call("DELETE", `/runners/${runner.id}`, platform.authorization);
  expect((await change({ slots: 2 })).status).toBe(404);
});

test("where a region's queue is silent, its runners are as D1 has them, and the other regions' as ever", async () => {
  const [hidden, seen] = [await makeRunner("enam", ["vault"]), await makeRunner("weur")];
  await leaseOver(hidden);
  await leaseOver(seen);
  const found = await Promise.all([hidden, seen].map(({ id }) => findRunnerRow(env, id)));
  const rows = found.flatMap((row) => row ?? []);
  const { tenantId } = platform;
  const admin = { kind: "api_key", id: "key", tenantId, role: "admin", scopes: null, platform: true } as const;
  const shown = async (reachable: Env) => {
    const runners = await withStanding(reachable, settingsOf(env), admin, rows, Date.now());
    return rows.map(({ id }) => runners.get(id));
  };
  expect(await shown(env)).toMatchObject([{ state: "online" }, { state: "online" }]);
  expect(await shown(without("enam:0"))).toMatchObject([
    { id: hidden.id, state: "unknown", labels: ["vault"], lastSeenAt: null, activeTasks: 0 },
    { id: seen.id, state: "online", lastSeenAt: expect.any(Number) },
  ]);
  await call("DELETE", `/runners/${hidden.id}`, platform.authorization);
  const revoked = await findRunnerRow(env, hidden.id);
  const after = await withStanding(without("enam:0"), settingsOf(env), admin, revoked ? [revoked] : [], Date.now());
  expect(after.get(hidden.id)).toMatchObject({ state: "revoked" });
});
