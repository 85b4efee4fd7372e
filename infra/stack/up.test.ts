import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@reelway/shared/client/client";
import { proofFile } from "@reelway/shared/runners/proof-file";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, onTestFinished, test } from "vitest";
import { readConnection } from "./control-plane-service.ts";
import { readLockRecord } from "./lock.ts";
import { cacheDir } from "./paths.ts";
import { isAlive, processesMentioning, signal } from "./process/identity.ts";
import { Service } from "./process/service.ts";
import { until } from "./process/until.ts";
import { environment, killedAfterwards } from "./testing/service-fixture.ts";

const run = promisify(execFile);
const UP_WITHIN_MS = 120_000;
const HANGS_AFTER_MS = 90_000;

/** `make up` as its own process, on a directory of its own. */
async function up() {
  const dataDir = folderOfTest("stack");
  const supervisor = Service.start({
    name: "make up",
    entry: join(import.meta.dirname, "main.ts"),
    env: environment({ REELWAY_DATA_DIR: dataDir, REELWAY_RUNNERS: "1" }),
    logPath: join(dataDir, "logs", "up.log"),
  });
  killedAfterwards(supervisor, dataDir);
  onTestFinished(() => {
    for (const identity of processesMentioning(dataDir)) signal(identity, "SIGKILL");
  });
  const isUp = () => supervisor.logTail().includes("Reelway is running at");
  expect(await until(() => isUp() || !isAlive(supervisor.identity), UP_WITHIN_MS)).toBe(true);
  const record = readLockRecord(dataDir);
  if (!isUp() || !record) throw new Error(`make up did not start:\n${supervisor.logTail()}`);
  return { dataDir, supervisor, record, client: createClient(readConnection(dataDir)) };
}

/** As a browser does: the code out of the fragment, the page's own origin and header. */
async function signInByPrintedLink(url: string, printed: string): Promise<void> {
  const [, origin, code] = /(http:\S+)\/#\/sign-in\?code=(\S+)/.exec(printed) ?? [];
  expect(origin).toBe(url);
  const answer = await fetch(`${url}/api/v1/auth/browser-session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url, "x-reelway-csrf": "1" },
    body: JSON.stringify({ code }),
  });
  expect(await answer.json()).toMatchObject({ caller: { kind: "api_key", role: "admin" } });
  const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
  expect((await fetch(`${url}/api/v1/jobs`, { headers: { cookie } })).status).toBe(200);
}

async function down(dataDir: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, "down.ts")], {
    env: environment({ REELWAY_DATA_DIR: dataDir }),
  });
  return stdout;
}

test("up keeps what ends running, and down stops all of it", async () => {
  const { dataDir, supervisor, record, client } = await up();
  await expect
    .poll(async () => (await client.runners.list()).items, { timeout: 30_000 })
    .toMatchObject([{ name: "runner-1", state: "online", region: "enam" }]);
  await signInByPrintedLink(record.url ?? "", supervisor.logTail());
  // The next runner of this checkout does not prove again what this one found out.
  expect(readFileSync(join(cacheDir, proofFile))).toEqual(readFileSync(join(dataDir, "runners", "1", proofFile)));

  signal(record.controlPlane, "SIGKILL");
  const back = await until(() => {
    const now = readLockRecord(dataDir);
    return now?.controlPlane.pid !== record.controlPlane.pid && now?.url === record.url;
  }, HANGS_AFTER_MS);
  expect(back).toBe(true);
  expect(record.workerd.some(isAlive)).toBe(false);
  expect((await fetch(`${record.url}/readyz`)).status).toBe(200);

  const again = readLockRecord(dataDir);
  expect(await down(dataDir)).toMatch(/Stopping http.*\nStopped\./s);
  expect((await supervisor.exited).code).toBe(0);
  for (const identity of [again?.controlPlane, ...(again?.workerd ?? [])])
    expect(identity && isAlive(identity)).toBe(false);
  expect(readLockRecord(dataDir)).toBeUndefined();
  expect(await down(dataDir)).toContain("Nothing runs on");
});

test("a setting that is not valid is named", async () => {
  const env = { REELWAY_DATA_DIR: folderOfTest("stack"), MAX_RETRIES: "-1", TRUSTED_PROXIES: "localhost" };
  const up = run(process.execPath, [join(import.meta.dirname, "main.ts")], { env: environment(env) });
  const { code, stderr } = await up.catch((error) => error);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /not ready: The settings are not valid: MAX_RETRIES: .*; TRUSTED_PROXIES\.0: must be an address/,
  );
});

test("when the supervisor is killed, its children end by themselves", async () => {
  const { dataDir, supervisor, record } = await up();
  supervisor.signal("SIGKILL");
  await supervisor.exited;
  const all = [record.controlPlane, ...record.workerd];
  expect(await until(() => !all.some(isAlive) && processesMentioning(dataDir).length === 0, HANGS_AFTER_MS)).toBe(true);
});
