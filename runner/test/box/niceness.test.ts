import { execFileSync } from "node:child_process";
import { getPriority } from "node:os";
import { expect, it } from "vitest";
import { yielding } from "../../src/box/niceness.ts";
import { noSandbox } from "../../src/box/unconfined.ts";
import { testLimits } from "../support/box.ts";

const reach = { reads: [], writes: [], cwd: "/" };

it("has programs yield the cores, and the runner not", () => {
  const box = yielding(noSandbox(testLimits, []), 7).open(0);
  const [program, ...args] = box.enclose("sh", ["-c", "nice"], reach).command;
  // Above what these tests themselves run with, up to the least that there is.
  expect(Number(execFileSync(program, args, { encoding: "utf8" }))).toBe(Math.min(19, getPriority() + 7));
});

it("leaves a sandbox as it is where nothing is to be yielded", () => {
  const sandbox = noSandbox(testLimits, []);
  expect(yielding(sandbox, 0)).toBe(sandbox);
});
