import { spawn } from "node:child_process";
import { once } from "node:events";
import { identityOf, isAlive, type ProcessIdentity, signal } from "@reelway/stack/process/identity";
import { until } from "@reelway/stack/process/until";
import { expect, onTestFinished, test } from "vitest";
import { descendantsOf } from "./process-table.ts";
import { Watch } from "./watch.ts";

const withinMs = 10_000;

/** A process of which another is the child, both there. */
async function parentOfSleep(): Promise<{ parent: ProcessIdentity; child: ProcessIdentity }> {
  const shell = spawn("sh", ["-c", "sleep 600 & echo started; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(shell.stdout, "data");
  const parent = identityOf(shell.pid ?? 0);
  if (parent === undefined) throw new Error("the shell is gone");
  await until(() => descendantsOf(parent.pid).some(({ program }) => program === "sleep"), withinMs);
  const [child] = descendantsOf(parent.pid).map(({ identity }) => identity);
  if (child === undefined) throw new Error("the shell has no child");
  onTestFinished(() => {
    for (const identity of [parent, child]) signal(identity, "SIGKILL");
  });
  return { parent, child };
}

test("a program that outlives its runner is a stray until it ends", async () => {
  const { parent, child } = await parentOfSleep();
  const runners = [{ kept: { service: { identity: parent } } }];
  const watch = new Watch({ longLived: () => new Map([["runner-1", parent]]), runners }, Date.now());
  onTestFinished(() => watch.stop());
  watch.look();
  signal(parent, "SIGKILL");
  expect(await until(() => !isAlive(parent), withinMs)).toBe(true);
  expect(watch.strays()).toEqual([`sleep (process ${child.pid})`]);
  signal(child, "SIGKILL");
  expect(await until(() => watch.strays().length === 0, withinMs)).toBe(true);
});

test("samples say what a process holds, and end with it", async () => {
  const { parent } = await parentOfSleep();
  const watch = new Watch({ longLived: () => new Map([["shell", parent]]), runners: [] }, Date.now());
  onTestFinished(() => watch.stop());
  watch.look();
  const [sample] = watch.samples;
  expect(sample).toMatchObject({ name: "shell", pid: parent.pid });
  expect(sample?.residentBytes).toBeGreaterThan(100_000);
  expect(sample?.handles).toBeGreaterThanOrEqual(3);
  signal(parent, "SIGKILL");
  expect(await until(() => !isAlive(parent), withinMs)).toBe(true);
  const before = watch.samples.length;
  watch.look();
  expect(watch.samples).toHaveLength(before);
});
