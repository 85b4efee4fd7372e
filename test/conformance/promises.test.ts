import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const checkout = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(checkout, path), "utf8");

const page = read("docs/promises.md");
const targets = new Set([...read("Makefile").matchAll(/^([a-z][a-z-]*):/gm)].map(([, target = ""]) => target));

/** ``| promise | where | shown by | state |``. */
const rows = [...page.matchAll(/^\| (.+?) \| (.*?) ?\| (.*?) ?\| (.+?) \|$/gm)]
  .map(([, promise = "", where = "", shown = "", state = ""]) => ({ promise, where, shown, state }))
  .filter(({ promise }) => promise !== "promise" && !promise.startsWith("---"));

describe("docs/promises.md", () => {
  test("has no row that is cut off: each line of a table is one", () => {
    const lines = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (promise|---) /.test(line));
    expect(lines.length).toBeGreaterThan(100);
    expect(rows).toHaveLength(lines.length);
  });

  test("names only files, tests and commands that there are", () => {
    expect(
      rows.flatMap(({ promise, where, shown }) =>
        [...missing(where), ...missing(shown)].map((what) => `${promise}: ${what}`),
      ),
    ).toEqual([]);
  });

  test("says of each promise that it holds, by what; that half of it does, and which; or that it is not built", () => {
    const unclear = rows.filter(({ where, shown, state }) => {
      if (state === "not built") return false;
      return !/^(holds|half: .+)$/.test(state) || where === "" || shown === "";
    });
    expect(unclear.map(({ promise }) => promise)).toEqual([]);
  });

  test("counts its rows", () => {
    const counted = (state: string) => rows.filter((row) => row.state.startsWith(state)).length;
    expect(page).toContain(
      `**${rows.length} promises: ${counted("holds")} hold, ${counted("half")} hold by half, ${counted("not built")} are not built.**`,
    );
  });

  test("would be found out", () => {
    expect(missing('`docs/promises.md` "no such title"')).toEqual(['docs/promises.md has no "no such title"']);
    expect(missing("`edge/test/gone.test.ts` · `make nothing` · `make test`")).toEqual([
      "edge/test/gone.test.ts is not there",
      "make has no nothing",
    ]);
  });
});

/** What a cell names in backticks that is not there, and titles in quotes that the file before them lacks. */
function missing(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`((?: "[^"]+")*)/g)].flatMap(([, name = "", quoted = ""]) => {
    const [, target] = /^make ([a-z-]+)/.exec(name) ?? [];
    if (target !== undefined) return targets.has(target) ? [] : [`make has no ${target}`];
    if (!existsSync(join(checkout, name))) return [`${name} is not there`];
    const titles = [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
    if (titles.length === 0) return [];
    const text = read(name);
    return titles.filter((title) => !hasTest(text, title)).map((title) => `${name} has no "${title}"`);
  });
}

/** As a title stands in TypeScript, in any of its quotes; a template may go on behind it. In Rust it is a function's name. */
function hasTest(text: string, title: string): boolean {
  return [`"${title}"`, `\`${title}\``, `\`${title} `, `fn ${title}(`].some((written) => text.includes(written));
}
