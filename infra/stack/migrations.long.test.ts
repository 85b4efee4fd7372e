import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { createClient } from "@reelway/shared/client/client";
import { AssetCreated } from "@reelway/shared/contracts/asset";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { checkout } from "./paths.ts";
import { until } from "./process/until.ts";
import { launchReady } from "./testing/service-fixture.ts";

const run = promisify(execFile);

async function wrangler(dataDir: string, verb: "apply" | "list"): Promise<string> {
  const { stdout } = await run(
    join(checkout, "node_modules", ".bin", "wrangler"),
    ["d1", "migrations", verb, "DB", "--local", "--persist-to", join(dataDir, "state")],
    { cwd: checkout, env: { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false" } },
  );
  return stdout;
}

test("wrangler finds nothing to apply after the stack", async () => {
  const dataDir = folderOfTest("stack");
  const { service, migrated } = await launchReady(dataDir);
  expect(migrated.length).toBeGreaterThan(0);
  await service.stop(10_000);
  expect(await wrangler(dataDir, "apply")).toContain("No migrations to apply");
});

test("the stack finds nothing to apply after wrangler", async () => {
  const dataDir = folderOfTest("stack");
  expect(await wrangler(dataDir, "apply")).toContain("0000_");
  expect((await launchReady(dataDir)).migrated).toEqual([]);
});

test("the sweep of the Worker's cron runs right after a start", async () => {
  const dataDir = folderOfTest("stack");
  const first = await launchReady(dataDir);
  const answer = await fetch(`${first.url}/api/v1/assets`, {
    method: "POST",
    headers: { Authorization: `Bearer ${first.key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "never-uploaded.mp4", bytes: 10 }),
  });
  const { asset } = AssetCreated.parse(await answer.json());
  await first.service.stop(10_000);
  onDatabase(dataDir, (database) => database.prepare("UPDATE assets SET createdAt = 0 WHERE id = ?").run(asset.id));

  const client = createClient(await launchReady(dataDir));
  expect(await until(async () => (await client.assets.get(asset.id)).state === "failed", 60_000)).toBe(true);
});

/** Changes D1's own file while nothing runs. */
function onDatabase(dataDir: string, change: (database: DatabaseSync) => void): void {
  const [file] = globSync(join(dataDir, "state/v3/d1/**/*.sqlite")).filter((path) => !path.includes("metadata"));
  if (file === undefined) throw new Error("D1 has no file");
  const database = new DatabaseSync(file);
  change(database);
  database.close();
}
