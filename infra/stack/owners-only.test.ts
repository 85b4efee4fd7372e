import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { readLockRecord } from "./lock.ts";
import { isAlive } from "./process/identity.ts";
import { temporaryDirectory } from "./temporary-files.ts";
import { launchReady, workerdOf } from "./testing/service-fixture.ts";

test("a start makes secrets and an admin key that only their owner can read, and leaves no lock when it is told to stop", async () => {
  const dataDir = folderOfTest("stack");
  const { service, url, key, migrated, orphansEnded } = await launchReady(dataDir);

  expect(migrated.length).toBeGreaterThan(0);
  expect(orphansEnded).toBe(0);
  expect(await createClient({ url, key }).keys.list()).toMatchObject({ items: [{ role: "admin" }] });
  for (const file of ["secrets.json", "connection.json", "lock.json"])
    expect(statSync(join(dataDir, file)).mode & 0o777, file).toBe(0o600);
  for (const folder of [".", "state"]) expect(statSync(join(dataDir, folder)).mode & 0o777, folder).toBe(0o700);

  const workerd = workerdOf(dataDir);
  expect(await service.stop(10_000)).toEqual({ code: 0, signal: null });
  expect(isAlive(workerd)).toBe(false);
  expect(readLockRecord(dataDir)).toBeUndefined();
  expect(readdirSync(temporaryDirectory(dataDir))).toEqual([]);
});
