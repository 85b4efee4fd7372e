import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { wranglerConfig } from "./paths.ts";
import { bundleWorker } from "./worker-bundle.ts";
import { readWorkerConfig, type WorkerConfig } from "./worker-config.ts";

function project(): { config: WorkerConfig; cache: string; source: string } {
  const directory = folderOfTest("stack");
  const source = join(directory, "worker.ts");
  mkdirSync(join(directory, "parts"));
  writeFileSync(join(directory, "parts", "answer.ts"), "export const answer: number = 1;");
  writeFileSync(source, `import { answer } from "./parts/answer.ts"; export default { answer };`);
  return { config: { ...readWorkerConfig(wranglerConfig), main: source }, cache: join(directory, "cache"), source };
}

test("is made once, and again when any of its files has changed", async () => {
  const { config, cache, source } = project();
  // Bundles whose sources are younger than their reading are not trusted, so they must be older here.
  const part = join(source, "..", "parts", "answer.ts");
  for (const path of [source, part]) utimesSync(path, 1, 1);

  const first = await bundleWorker(config, cache);
  const { ino } = statSync(first);
  expect(await bundleWorker(config, cache)).toBe(first);
  expect(statSync(first).ino).toBe(ino);

  writeFileSync(part, "export const answer: number = 2;");
  const second = await bundleWorker(config, cache);
  expect(second).not.toBe(first);
  expect(readFileSync(second, "utf8")).toContain("answer = 2");
  expect(readdirSync(cache).filter((name) => !/^worker-[0-9a-f]+\.(mjs|json)$/.test(name))).toEqual([]);
});

test("says what does not compile", async () => {
  const { config, cache, source } = project();
  writeFileSync(source, "export default {");
  await expect(bundleWorker(config, cache)).rejects.toThrow(/control plane does not compile.*worker.ts:1:16: ERROR/s);
});

test("wrangler.toml is the only source of bindings: every one of them comes over", () => {
  const config = readWorkerConfig(wranglerConfig);
  expect(config.name).toBe("reelway");
  expect(config.databases).toMatchObject([{ binding: "DB", migrationsTable: "d1_migrations" }]);
  expect(Object.keys(config.buckets)).toEqual(["BUCKET_ENAM", "BUCKET_WEUR", "BUCKET_APAC"]);
  expect(config.options).toMatchObject({
    durableObjects: {
      REGION_QUEUE: expect.objectContaining({ className: "RegionQueue", useSQLite: true }),
      JOB_CHANNEL: expect.objectContaining({ className: "JobChannel", useSQLite: true }),
    },
  });
});
