import { expect, test } from "vitest";
import type { Runner } from "../contracts/runner.ts";
import { newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const id = newRegionalId("run", "enam");
const runner: Runner = {
  ...{ id, name: "rack-3", region: "enam", labels: ["vault"], state: "online", version: "1.0.0" },
  ...{
    capabilities: [],
    sandbox: null,
    slots: 4,
    slotsWanted: 3,
    activeTasks: 0,
    holdBackSeconds: 0,
    leases: [],
    load: null,
  },
  ...{ drainedAt: null, lastFailure: null, createdAt: 1, lastSeenAt: 1 },
};

test("a runner is changed in what is named, and in nothing else", async () => {
  const bodies: unknown[] = [];
  server.intercept = (seen, response) => {
    bodies.push(JSON.parse(seen.body.toString()));
    return server.send(response, runner);
  };
  const set = (...flags: string[]) => cli.run("runners", "set", id, ...flags);
  expect((await set("--name", "rack-3", "--slots", "3")).stdout).toBe(`${id}  rack-3  vault  3 at once\n`);
  await set("--label", "vault", "--label", "gpu");
  await set("--no-labels", "--slots", "auto");
  expect(bodies).toEqual([{ name: "rack-3", slots: 3 }, { labels: ["vault", "gpu"] }, { labels: [], slots: null }]);
  expect((await set()).code).toBe(2);
  expect((await set("--slots", "0")).code).toBe(2);
  expect(bodies).toHaveLength(3);
}, 20_000);
