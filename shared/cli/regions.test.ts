import { expect, test } from "vitest";
import type { RegionReport } from "../contracts/region.ts";
import type { Runner } from "../contracts/runner.ts";
import { newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

function answers(method: string, path: string, answer: unknown) {
  server.intercept = (seen, response) =>
    seen.method === method && seen.path === `/api/v1${path}` ? server.send(response, answer) : false;
}

const summary: RegionReport = {
  id: "weur",
  name: "Western Europe",
  jurisdiction: null,
  state: "drained",
  operation: null,
  queue: null,
};
const lastHour = { succeeded: 41, failed: 3, canceled: 0, failureRate: 3 / 44 };
const operation = { drainedAt: 1, drainReason: "new\u001b[31m hosts", failedOverAt: null, liveRunners: 2, lastHour };
const queue = { ready: 5, delayed: 2, leased: 1, dead: 0, oldestReadyAt: null, unacknowledgedEvents: 0 };

test("regions shows a member the states alone, and who sees the fleet what waits and why", async () => {
  answers("GET", "/regions", { items: [summary] });
  const plain = await cli.run("regions", "ls");
  expect(plain.stdout).toMatch(/weur\s+Western Europe\s+drained/);
  expect(plain.stdout).not.toContain("RUNNERS");
  answers("GET", "/regions", { items: [{ ...summary, operation, queue }] });
  expect((await cli.run("regions")).stdout).toMatch(/drained\s+2\s+7\s+1\s+0\s+41\s+3\s+new\?\[31m hosts/);
  // Its queue is away.
  answers("GET", "/regions", { items: [{ ...summary, operation: { ...operation, liveRunners: null } }] });
  expect((await cli.run("regions")).stdout).toMatch(/drained\s+\?\s+\?\s+\?/);
}, 20_000);

test("regions drain and resume; a drain says why", async () => {
  answers("POST", "/regions/weur/drain", { ...summary, operation, queue });
  expect((await cli.run("regions", "drain", "weur", "--reason", "new hosts")).stdout).toBe(
    "weur  drained, 7 waiting, 1 running\n",
  );
  expect(JSON.parse(server.seen.at(-1)?.body.toString() ?? "")).toEqual({ reason: "new hosts" });
  answers("POST", "/regions/weur/resume", { ...summary, state: "serving" });
  expect((await cli.run("regions", "resume", "weur", "--json")).json).toMatchObject([{ state: "serving" }]);
  const asked = server.seen.length;
  expect((await cli.run("regions", "drain", "weur")).code).toBe(2);
  expect((await cli.run("regions", "drain", "mars", "--reason", "r")).code).toBe(2);
  expect(server.seen).toHaveLength(asked);
}, 20_000);

test("runners drain, resume and show", async () => {
  const id = newRegionalId("run", "enam");
  const runner: Runner = {
    id,
    name: "host",
    region: "enam",
    labels: [],
    state: "draining",
    version: "1.0.0",
    capabilities: [],
    sandbox: null,
    slots: 4,
    activeTasks: 3,
    holdBackSeconds: 0,
    leases: [],
    createdAt: 1,
    lastSeenAt: 1,
    drainedAt: 1,
    lastFailure: null,
    slotsWanted: null,
    load: null,
  };
  answers("POST", `/runners/${id}/drain`, runner);
  expect((await cli.run("runners", "drain", id)).stdout).toBe(`${id}  draining, 3 running\n`);
  answers("POST", `/runners/${id}/resume`, { ...runner, state: "online" });
  expect((await cli.run("runners", "resume", id)).stdout).toBe(`${id}  online\n`);
  answers("GET", `/runners/${id}`, { ...runner, capabilities: ["encode:h264"] });
  expect((await cli.run("runners", "show", id)).stdout).toMatch(/busy\s+3 of 4[\s\S]*can do\s+encode:h264/);
}, 20_000);
