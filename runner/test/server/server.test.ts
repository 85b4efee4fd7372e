import { Health } from "@reelway/shared/contracts/health";
import { describe, expect, it, onTestFinished } from "vitest";
import { createMetrics, formatOf, type RunnerSnapshot } from "../../src/server/metrics.ts";
import { startServer } from "../../src/server/server.ts";
import { idleRunner } from "../support/snapshot.ts";

async function scene(changes: Partial<RunnerSnapshot>) {
  const snapshot = (): RunnerSnapshot => ({
    ...idleRunner,
    activeTasks: 1,
    scratchUsedBytes: 3,
    lastContactAt: 100_000,
    ...changes,
  });
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    metrics: createMetrics(snapshot),
    snapshot,
    now: () => 101_000,
  });
  onTestFinished(() => server.close());
  return async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, text: await response.text() };
  };
}

describe("the health server", () => {
  it.each([
    [{}, 200],
    [{ doorbellConnected: false }, 200],
    [{ state: "starting" }, 503],
    [{ state: "draining" }, 503],
    [{ lastContactAt: null }, 503],
    [{ lastContactAt: 1_000 }, 503],
  ] as const)("with %o it is ready: %i", async (changes, status) => {
    const get = await scene(changes);
    const ready = await get("/readyz");
    expect(ready.status).toBe(status);
    expect(Health.parse(JSON.parse(ready.text)).status).toBe(status === 200 ? "ok" : "unavailable");
    expect((await get("/healthz")).status).toBe(200);
  });

  it("shows the runner's gauges as they are now", async () => {
    const { text } = await (await scene({ state: "draining" }))("/metrics");
    for (const line of [
      'reelway_runner_state{state="draining"} 1',
      'reelway_runner_state{state="running"} 0',
      "reelway_runner_leases_active 1",
      "reelway_runner_slots 2",
      "reelway_runner_scratch_bytes 3",
    ])
      expect(text).toContain(`${line}\n`);
  });

  it("shows what its devices and its tasks do, and nothing of what a driver does not tell", async () => {
    const card = { busy: 0.63, encoder: 0.41, decoder: null, memoryUsedBytes: 3, memoryBytes: 24, celsius: 58 };
    const host = {
      cpu: 0.5,
      memoryUsedBytes: 1,
      memoryBytes: 2,
      speed: 2.5,
      devices: [{ name: "NVIDIA L4", ...card }],
    };
    const { text } = await (await scene({ load: host, speeds: new Map([["mp4", 2.5]]) }))("/metrics");
    for (const line of [
      'reelway_runner_device_load{device="0 NVIDIA L4"} 0.63',
      'reelway_runner_device_encoder_load{device="0 NVIDIA L4"} 0.41',
      'reelway_runner_device_memory_bytes{device="0 NVIDIA L4"} 3',
      'reelway_runner_device_celsius{device="0 NVIDIA L4"} 58',
      'reelway_runner_speed{format="mp4"} 2.5',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).not.toContain("reelway_runner_device_decoder_load{");
  });

  it("names the format of a job", () => {
    expect(formatOf({ kind: "probe" })).toBe("probe");
    expect(formatOf({ kind: "transcode", container: "webm" })).toBe("webm");
  });
});
