import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMetrics } from "../../src/server/metrics.ts";

test("docs/metrics.md knows every metric with its type, and no other", async () => {
  const { registry } = createMetrics(() => ({
    state: "running",
    activeTasks: 0,
    slots: 1,
    scratchUsedBytes: 0,
    scratchClaimedBytes: 0,
    scratchMaxBytes: 0,
    doorbellConnected: true,
    usesEngine: true,
    lastContactAt: null,
  }));
  const served = [...(await registry.metrics()).matchAll(/^# TYPE (\w+) (\w+)$/gm)]
    .filter(([, name = ""]) => !/^(process|nodejs)_/.test(name))
    .map(([, name, type]) => `${name} ${type}`);
  const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const section = page.split("## Runner")[1] ?? "";
  const documented = [...section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(served.length).toBeGreaterThan(10);
  expect(documented.sort()).toEqual(served.sort());
});
