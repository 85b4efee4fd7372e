import { spawn } from "node:child_process";
import { once } from "node:events";
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
