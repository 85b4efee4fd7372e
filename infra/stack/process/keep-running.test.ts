import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { environment, killedAfterwards } from "../testing/service-fixture.ts";
import { isAlive } from "./identity.ts";
import { KeptRunning, restartDelayMs } from "./keep-running.ts";
import { Service } from "./service.ts";
import { until } from "./until.ts";

test("waits twice as long each time, up to half a minute", () => {
  expect([1, 2, 3, 7, 50].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
});

function program(source: string): () => Service {
  const directory = folderOfTest("stack");
  const entry = join(directory, "program.ts");
  writeFileSync(entry, source);
  return () =>
    killedAfterwards(
      Service.start({ name: "program", entry, env: environment(), logPath: join(directory, "program.log") }),
      directory,
    );
}

const READY = `console.log('{"event":"ready","pid":' + process.pid + "}");`;

test("starts a service again that has ended, and not one that was told to", async () => {
  const start = program(`${READY} setInterval(() => {}, 1000);`);
  const ends: unknown[] = [];
  const kept = new KeptRunning(start, (_service, exit, retryInMs) => ends.push({ ...exit, retryInMs }));
  await kept.service.ready;
  const first = kept.service.identity;
  kept.service.signal("SIGKILL");
  expect(await until(() => kept.service.identity.pid !== first.pid, 60_000)).toBe(true);
  expect(ends).toEqual([{ code: null, signal: "SIGKILL", retryInMs: 500 }]);

  await kept.service.ready;
  await kept.stop(5_000);
  expect(isAlive(kept.service.identity)).toBe(false);
  expect(ends).toHaveLength(1);
});

test("a service that ignores SIGTERM is killed after its grace time", async () => {
  const service = program(`process.on("SIGTERM", () => {}); ${READY} setInterval(() => {}, 1000);`)();
  await service.ready;
  expect(await service.stop(100)).toEqual({ code: null, signal: "SIGKILL" });
});

test("a service that ends before it is ready says why", async () => {
  const service = program(`console.error("no room"); process.exit(3);`)();
  await expect(service.ready).rejects.toThrow(/program ended \(exit code 3\) before it was ready.\nno room/s);
});

test("why it ended is told in its own words, not in those of an earlier run", async () => {
  const start = program(`console.error("no room"); process.exit(3);`);
  await expect(start().ready).rejects.toThrow();
  await expect(start().ready).rejects.toThrow(/^program ended \(exit code 3\) before it was ready\.\nno room$/);
});
