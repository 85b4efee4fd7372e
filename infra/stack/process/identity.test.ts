import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { childrenOf, identityOf, isAlive, processesMentioning, signal } from "./identity.ts";
import { until } from "./until.ts";

async function startSleeper(argument = "sleeper") {
  const child = spawn(process.execPath, ["-e", "process.stdout.write('.');setInterval(() => {}, 1000)", argument]);
  await once(child.stdout, "data");
  return child;
}

test("tells a process from a later one with the same number", async () => {
  const child = await startSleeper();
  const identity = identityOf(child.pid ?? 0);
  if (!identity) throw new Error("no identity");
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startMark: "an earlier start" })).toBe(false);
  expect(signal({ ...identity, startMark: "an earlier start" }, "SIGKILL")).toBe(false);
  expect(isAlive(identity)).toBe(true);

  expect(signal(identity, "SIGKILL")).toBe(true);
  expect(await until(() => !isAlive(identity), 60_000)).toBe(true);
  expect(identityOf(identity.pid)).toBeUndefined();
});

/** Ends the first thread of a process (by pthread_exit) and leaves it another. */
const HEADLESS = `import ctypes, sys, threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
print(".", end="", flush=True)
ctypes.CDLL(None).pthread_exit(0)`;
const hasThreads = process.platform === "linux" && spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!hasThreads)("a process lives as long as any of its threads, which hold its files and ports", async () => {
  const child = spawn("python3", ["-c", HEADLESS]);
  await once(child.stdout, "data");
  const identity = identityOf(child.pid ?? 0);
  if (!identity) throw new Error("no identity");
  const stat = () => readFileSync(`/proc/${identity.pid}/stat`, "utf8");
  expect(await until(() => stat().includes(") Z "), 60_000)).toBe(true);
  expect(isAlive(identity)).toBe(true);
  expect(signal(identity, "SIGKILL")).toBe(true);
  expect(await until(() => !isAlive(identity), 60_000)).toBe(true);
});

test("finds children by their program and any process by a word of its command line", async () => {
  const word = `word-${process.pid}-${Math.random()}`;
  const child = await startSleeper(word);
  const program = process.platform === "linux" ? "MainThread" : basename(process.execPath);
  try {
    expect(processesMentioning(word).map(({ pid }) => pid)).toEqual([child.pid]);
    const names = [program, basename(process.execPath)];
    expect(names.flatMap((name) => childrenOf(process.pid, name)).map(({ pid }) => pid)).toContain(child.pid);
    expect(childrenOf(process.pid, "workerd")).toEqual([]);
  } finally {
    child.kill("SIGKILL");
  }
});
