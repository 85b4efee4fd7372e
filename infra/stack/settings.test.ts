import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { defaultDataDir } from "./paths.ts";
import { readSettings } from "./settings.ts";
import { StackFailure } from "./stack-failure.ts";

test("without any variable: loopback, this checkout's directory, a runner per core pair", () => {
  expect(readSettings({ PATH: "/bin", REELWAY_PORT: "" })).toEqual({
    dataDir: defaultDataDir,
    host: "127.0.0.1",
    port: undefined,
    publicUrl: undefined,
    runners: Math.max(1, Math.floor(availableParallelism() / 2)),
    runnerRegions: ["enam"],
    cronIntervalMs: 60_000,
    vars: {},
  });
});

test("reads regions, and passes the Worker's own settings on, but nothing else of the environment", () => {
  const settings = readSettings({
    REELWAY_RUNNER_REGIONS: "weur, apac",
    LEASE_SECONDS: "5",
    ENVIRONMENT: "somebody's shell",
    R2_S3_ENDPOINT: "http://elsewhere",
  });
  expect(settings.runnerRegions).toEqual(["weur", "apac"]);
  expect(settings.vars).toEqual({ LEASE_SECONDS: "5" });
});

test("names every variable that is wrong and what it wants", () => {
  const read = () => readSettings({ REELWAY_PORT: "http", REELWAY_RUNNER_REGIONS: "enam,moon", REELWAY_RUNNERS: "2" });
  expect(read).toThrow(StackFailure);
  expect(read).toThrow(/REELWAY_PORT must be a port, 0 for any free one, not "http"/);
  expect(read).toThrow(/REELWAY_RUNNER_REGIONS must be regions .* not "enam,moon"/);
});
