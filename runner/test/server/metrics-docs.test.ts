import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { createMetrics } from "../../src/server/metrics.ts";
import { idleRunner } from "../support/snapshot.ts";

const Registered = z.object({ name: z.string(), type: z.string(), labelNames: z.array(z.string()) });

test("docs/metrics.md knows every metric with its type and labels, and no other", () => {
  const { registry } = createMetrics(() => idleRunner);
  const served = registry
    .getMetricsAsArray()
    .map((metric) => Registered.parse(metric))
    .filter(({ name }) => !/^(process|nodejs)_/.test(name))
    .map(({ name, type, labelNames }) => `${name} ${type} ${labelNames.toSorted()}`);
  const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const section = page.split("## Runner")[1] ?? "";
  const documented = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\|/gm)].map(
    ([, name, type, labels = ""]) => `${name} ${type} ${(labels.match(/\w+/g) ?? []).toSorted()}`,
  );
  expect(served.length).toBeGreaterThan(10);
  expect(documented.sort()).toEqual(served.sort());
});
