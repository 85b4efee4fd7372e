import { expect, test, vi } from "vitest";
import type { JobWaiting } from "../contracts/waiting.ts";
import { cli, server } from "./test/scripted-cli.ts";

// Each run is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

function waitsFor(id: string, more: Partial<JobWaiting>) {
  const nothing = { until: null, missing: [], place: null, etaAt: null, lastCode: null, deadlineAt: null };
  server.intercept = (seen, response) => {
    if (seen.path !== `/api/v1/jobs/${id}/waiting`) return false;
    const answer = { id, state: "queued", region: "enam", reason: "no_runner", message: "", ...nothing, ...more };
    return server.send(response, answer);
  };
}

test("jobs waiting tells the reason, and hides a terminal's control characters in it", async () => {
  const { id } = server.addJob();
  waitsFor(id, { reason: "no_capable_runner", message: "No runner has label:a\u001b[31m", missing: ["label:a"] });
  expect((await cli.run("jobs", "waiting", id)).stdout).toBe("No runner has label:a?[31m\n");
  expect((await cli.run("jobs", "waiting", id, "--json")).json).toMatchObject([{ reason: "no_capable_runner" }]);
  waitsFor(id, { reason: "paused", message: "It is paused", until: Date.now() + 65_400 });
  expect((await cli.run("jobs", "waiting", id)).stdout).toMatch(/^It is paused; for 1:0\d more\n$/);
});

test("jobs watch says after a few seconds why the job waits", async () => {
  const { id } = server.addJob();
  server.frames = [{ state: "queued", stage: "queued", percent: 0 }];
  waitsFor(id, { message: "No runner is online in its region" });
  const watching = cli.start(["jobs", "watch", id]);
  await expect.poll(() => server.count("GET", /\/waiting$/), { timeout: 60_000 }).toBe(1);
  watching.child.kill("SIGINT");
  const { stderr } = await watching.ended;
  expect(stderr.match(/No runner is online in its region/g)).toHaveLength(1);
});
