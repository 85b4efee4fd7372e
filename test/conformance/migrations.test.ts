import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";

const edge = new URL("../../edge/", import.meta.url).pathname;
const migrationsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".sql"));

test("the migrations make what edge/src/store/schema.ts says; else: make migration NAME=what_it_adds", () => {
  const folder = folderOfTest("migrations");
  cpSync(join(edge, "migrations"), folder, { recursive: true });
  const known = new Set(migrationsIn(folder));
  const kit = join(edge, "node_modules/drizzle-kit/bin.cjs");
  // It takes no absolute folder.
  const options = ["--dialect=sqlite", "--schema=src/store/schema.ts", `--out=${relative(edge, folder)}`];
  const printed = execFileSync(process.execPath, [kit, "generate", ...options], {
    cwd: edge,
    encoding: "utf8",
    stdio: "pipe",
  });
  const lacking = migrationsIn(folder).filter((name) => !known.has(name));
  expect(lacking.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual([]);
  // It ends with 0 whatever befell it.
  expect(printed).toContain("No schema changes");
}, 60_000);
