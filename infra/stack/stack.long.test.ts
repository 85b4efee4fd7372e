import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createClient } from "@reelway/shared/client/client";
import { protocol } from "@reelway/shared/contracts/runner";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { describe, expect, test } from "vitest";
import { connectionPath } from "./admin-key.ts";
import { readLockRecord } from "./lock.ts";
import { freePort } from "./ports.ts";
import { isAlive } from "./process/identity.ts";
import { until } from "./process/until.ts";
import { temporaryDirectory } from "./temporary-files.ts";
import { launch, launchReady, workerdOf } from "./testing/service-fixture.ts";

describe("a start", () => {
  test("is refused while another runs on the same directory, and says where that one is", async () => {
    const dataDir = folderOfTest("stack");
    const { url, service } = await launchReady(dataDir);
    await expect(launch(dataDir).ready).rejects.toThrow(
      new RegExp(`already running on ${dataDir} at ${url} \\(process ${service.identity.pid}\\)`),
    );
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test("of two at once is won by one", async () => {
    const dataDir = folderOfTest("stack");
    const both = await Promise.allSettled([launch(dataDir).ready, launch(dataDir).ready]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both).toContainEqual({
      status: "rejected",
      reason: expect.objectContaining({ message: expect.stringContaining("already running") }),
    });
  });

  test("takes another port when the wanted one is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      const { url } = await launchReady(folderOfTest("stack"), { REELWAY_PORT: String(port) });
      expect(new URL(url).port).not.toBe(String(port));
      expect((await fetch(`${url}/readyz`)).status).toBe(200);

      const pinned = launch(folderOfTest("stack"), {
        REELWAY_PORT: String(port),
        REELWAY_PUBLIC_URL: `http://127.0.0.1:${port}`,
      });
      await expect(pinned.ready).rejects.toThrow(/is taken, and http/);
    } finally {
      taken.close();
    }
  });

  test.skipIf(process.platform !== "linux")("serves the API and the storage at its public URL", async () => {
    const dataDir = folderOfTest("stack");
    const port = String(await freePort("0.0.0.0", 0));
    // Another loopback address stands for another host's way in: the simulator knows only 127.0.0.1 by itself.
    const publicUrl = `http://127.0.0.2:${port}`;
    const { url, key } = await launchReady(dataDir, {
      REELWAY_HOST: "0.0.0.0",
      REELWAY_PORT: port,
      REELWAY_PUBLIC_URL: publicUrl,
    });
    expect(url).toBe(publicUrl);
    expect(await upload(url, key)).toMatchObject({ state: "ready" });
  });
});

describe("after a crash", () => {
  test("of the whole process group, the same directory starts again with everything in it", async () => {
    const dataDir = folderOfTest("stack");
    const before = await launchReady(dataDir);
    const asset = await upload(before.url, before.key);
    await introduceRunner(before.url, before.key);
    const seen = (await createClient(before).runners.list()).items;
    expect(seen).toHaveLength(1);

    const [leftBehind] = readdirSync(temporaryDirectory(dataDir));
    before.service.signalGroup("SIGKILL");
    await before.service.exited;
    expect(readLockRecord(dataDir)).toBeDefined();
    const after = await launchReady(dataDir, { REELWAY_PORT: "" });

    expect(after).toMatchObject({ url: before.url, key: before.key, migrated: [], orphansEnded: 0 });
    expect(readdirSync(temporaryDirectory(dataDir))).toEqual([expect.not.stringMatching(leftBehind ?? "")]);
    const client = createClient(after);
    expect(await client.assets.get(asset.id)).toEqual(asset);
    // What a runner can do is kept by RegionQueue alone.
    expect((await client.runners.list()).items).toMatchObject([
      { id: seen[0]?.id, capabilities: ["kind:probe"], slots: 3 },
    ]);
  });

  test("of Node alone, the workerd that it left behind is ended first", async () => {
    const dataDir = folderOfTest("stack");
    const { service, url } = await launchReady(dataDir);
    const orphan = workerdOf(dataDir);
    service.signal("SIGKILL");
    await service.exited;
    expect(isAlive(orphan)).toBe(true);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);

    const again = await launchReady(dataDir, { REELWAY_PORT: "" });
    expect(again).toMatchObject({ orphansEnded: 1, url });
    expect(isAlive(orphan)).toBe(false);
  });

  test("of workerd alone, another serves in its place and is on record", async () => {
    const dataDir = folderOfTest("stack");
    const { url, service } = await launchReady(dataDir);
    const first = workerdOf(dataDir);
    process.kill(first.pid, "SIGKILL");
    const served = await until(async () => {
      const answer = await fetch(`${url}/readyz`).catch(() => undefined);
      return answer?.ok === true && readLockRecord(dataDir)?.workerd[0]?.pid !== first.pid;
    }, 60_000);
    expect(served).toBe(true);
    expect(isAlive(workerdOf(dataDir))).toBe(true);
    expect(isAlive(service.identity)).toBe(true);
  });

  test("between the bootstrap and the write of its key, a new key is made", async () => {
    const dataDir = folderOfTest("stack");
    const first = await launchReady(dataDir);
    await first.service.stop(10_000);
    rmSync(connectionPath(dataDir));

    const second = await launchReady(dataDir);
    expect(second.key).not.toBe(first.key);
    const { items } = await createClient(second).keys.list();
    expect(items).toHaveLength(1);
    await second.service.stop(10_000);

    // That key has been used: an installation that is in use is never bootstrapped again.
    rmSync(connectionPath(dataDir));
    await expect(launch(dataDir).ready).rejects.toThrow(/admin key of .* is lost/);
  });
});

/** A runner that asked for work once: D1 knows its credential, RegionQueue what it can do. */
async function introduceRunner(url: string, key: string): Promise<void> {
  const { token } = await createClient({ url, key }).runners.createToken({});
  const registered = await post(`${url}/api/v1/runners/register`, "", {
    token,
    name: "one",
    region: "enam",
    protocol,
    version: "0.1.0",
  });
  const credential = String(registered.credential);
  const runner = { capabilities: ["kind:probe"], slots: 3, version: "0.1.0", protocol, draining: false };
  await post(`${url}/api/v1/runner/leases`, credential, { runner, max: 1, waitMs: 0 });
}

async function upload(url: string, key: string) {
  const content = new Blob(["not a video, and nobody looks"]);
  return createClient({ url, key }).assets.upload({
    name: "clip.mp4",
    type: "video/mp4",
    bytes: content.size,
    slice: (start, end) => content.slice(start, end),
  });
}

async function post(url: string, credential: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(credential ? { Authorization: `Bearer ${credential}` } : {}) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  const parsed: unknown = await answer.json();
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}
