import { execFileSync } from "node:child_process";
import { symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readMade } from "../../src/storage/read-made.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { testDirectory } from "../support/directory.ts";

const most = 1_000;

async function made(): Promise<{ directory: string; path: string }> {
  const directory = await testDirectory();
  return { directory, path: join(directory, "report.json") };
}

it("is what was written, up to the limit", async () => {
  const { path } = await made();
  await writeFile(path, "ä".repeat(most / 2));
  expect(await readMade(path, most)).toBe("ä".repeat(most / 2));
});

it("takes nothing of a file that is longer into memory", async () => {
  const { path } = await made();
  await writeFile(path, "");
  await truncate(path, 1024 ** 4);
  const before = process.memoryUsage().rss;
  expect(await failureOf(readMade(path, most))).toMatchObject({ code: "output_invalid" });
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 ** 2);
});

it("follows no link, waits for no pipe, and reads no folder", async () => {
  const { directory, path } = await made();
  await writeFile(join(directory, "secret"), "of the runner");
  await symlink(join(directory, "secret"), path);
  const [pipe, detail] = [join(directory, "pipe"), /is no file$/];
  execFileSync("mkfifo", [pipe]);
  for (const one of [path, pipe, directory])
    expect(await failureOf(readMade(one, most))).toMatchObject({
      code: "output_invalid",
      detail: expect.stringMatching(detail),
    });
});
