import { createHash } from "node:crypto";
import { appendFileSync, closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOfTest } from "../../testing/temporary-folder.ts";
import { openSource } from "./source-file.ts";

const GIB = 1024 ** 3;
const mark = "behind four gibibytes";

/** 6 GiB of nothing but the mark: a file with holes, which takes no room. */
function largeFile(): string {
  const path = join(folderOfTest("source"), "large.mov");
  const file = openSync(path, "w");
  ftruncateSync(file, 6 * GIB);
  writeSync(file, mark, 5 * GIB);
  closeSync(file);
  return path;
}

test("a file above 4 GiB is as long as it is, and is read where it is asked for", async () => {
  const source = await openSource(largeFile());
  expect(source).toMatchObject({ name: "large.mov", type: "video/quicktime", bytes: 6 * GIB });
  const slice = source.slice(5 * GIB, 5 * GIB + mark.length);
  expect([slice.size, await slice.text()]).toEqual([mark.length, mark]);
  expect(source.slice(6 * GIB - 10, 6 * GIB).size).toBe(10);
  expect(await source.partMd5?.(5 * GIB, 5 * GIB + mark.length)).toBe(createHash("md5").update(mark).digest("hex"));
});

test("a file that changes while it is read ends the upload", async () => {
  const path = largeFile();
  const source = await openSource(path);
  expect(source.slice(0, 10).size).toBe(10);
  appendFileSync(path, "more");
  expect(() => source.slice(0, 10)).toThrow(`${path} has been changed while it was read`);
});
