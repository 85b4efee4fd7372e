import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Where settings are read, each as a schema with one variable a line. */
const schemas = ["edge/src/settings.ts", "runner/src/config.ts", "infra/stack/settings.ts"];

test("docs/configuration.md knows every variable, and no other", () => {
  const inCode = new Set(
    schemas.flatMap((path) => [...read(path).matchAll(/^ {2,4}([A-Z][A-Z0-9_]+): /gm)].map((match) => match[1])),
  );
  const page = read("docs/configuration.md").split("## CLI")[0] ?? "";
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const inDocs = new Set(
    rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1])),
  );
  expect(inCode.size).toBeGreaterThan(30);
  expect([...inDocs].sort()).toEqual([...inCode].sort());
});
