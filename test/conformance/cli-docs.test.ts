import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PartFiles } from "@reelway/shared/cli/files/part-files";
import { createOutput } from "@reelway/shared/cli/output";
import { createProgram } from "@reelway/shared/cli/program";
import { expect, test } from "vitest";

type Command = ReturnType<typeof createProgram>;

const checkout = resolve(import.meta.dirname, "../..");
const pages = ["README.md", "shared/errors/catalogue.ts", ...globSync("docs/**/*.md", { cwd: checkout })];

const program = createProgram({
  output: createOutput(process.stdout, process.stderr, {}, false),
  signal: new AbortController().signal,
  partFiles: new PartFiles(process),
  env: {},
  cwd: checkout,
  checkout,
});

test("every command that a page names is there, with its options", () => {
  const lines = pages.flatMap((page) =>
    commandsIn(readFileSync(join(checkout, page), "utf8")).map((line) => ({ page, line })),
  );
  expect(lines.length).toBeGreaterThan(60);
  const wrong = lines.flatMap(({ page, line }) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${page}: reelway ${line}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

/** What follows `reelway`, in code: at a line's start, behind a prompt or a variable, in `$(…)` or between backticks. */
function commandsIn(text: string): string[] {
  const found = text.matchAll(/(?:`|\$\(|^ *)(?:[A-Z0-9_]+=\S+ )*(?:bin\/)?reelway ([a-z-][^`\n)]*)/gm);
  return [...found].map(([, line = ""]) => line.split(/ #|\s{3}/)[0]?.trim() ?? "");
}

function problemOf(line: string): string | undefined {
  const words = line.split(/\s+/);
  let command: Command = program;
  let sub = subcommand(command, words[0]);
  while (sub !== undefined) {
    command = sub;
    words.shift();
    sub = subcommand(command, words[0]);
  }
  if (command === program && !words[0]?.startsWith("-")) return "no such command";
  const [first] = words;
  if (command.commands.length > 0 && command.registeredArguments.length === 0 && first && /^[a-z]/.test(first))
    return `${command.name()} has no ${first}`;
  const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
  const unknown = words.filter((word) => /^--?[a-z]/.test(word)).find((word) => !known.includes(word.split("=")[0]));
  return unknown === undefined ? undefined : `no option ${unknown}`;
}

function subcommand(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === name || (name !== undefined && one.aliases().includes(name)));
}
