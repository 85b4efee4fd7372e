import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { LogFile, tailOf } from "./log-file.ts";

const temporaryPath = () => join(folderOfTest("log"), "logs", "some.log");

test("goes on where an earlier run ended, and keeps one full file at most", () => {
  const path = temporaryPath();
  const first = new LogFile(path, 20);
  first.write("one\n");
  first.close();
  const second = new LogFile(path, 20);
  second.write("two\n");
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  for (let i = 0; i < 10; i++) second.write("0123456789\n");
  second.close();
  expect(readFileSync(path, "utf8")).toBe("0123456789\n");
  expect(readFileSync(`${path}.1`, "utf8")).toBe("0123456789\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the tail is the last lines, or nothing where there is no log", () => {
  const path = temporaryPath();
  expect(tailOf(path, 5)).toBe("");
  const log = new LogFile(path);
  log.write(Array.from({ length: 5_000 }, (_, line) => `line ${line} ${"x".repeat(30)}`).join("\n"));
  log.close();
  expect(
    tailOf(path, 2)
      .split("\n")
      .map((line) => line.split(" ")[1]),
  ).toEqual(["4998", "4999"]);
});
