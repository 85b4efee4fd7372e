import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { stopSignal } from "@reelway/stack/process/stop-signal";
import { machineLine } from "../bench/machine.ts";
import { pictures } from "./report/pictures.ts";
import { reportOf } from "./report/report.ts";
import { toPng } from "./report/to-png.ts";
import { run } from "./run.ts";

/**
 * `make weather [MINUTES=60] [SEED=n] [DOCS=docs]`: leaves its record, its report and the logs of all processes in a folder
 * of its own, and the report in DOCS as well. Exit code 1 when anything did not hold, 2 when there was no run.
 */
const root = join(import.meta.dirname, "..", "..");

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { minutes: { type: "string" }, seed: { type: "string" }, docs: { type: "string" } },
  });
  const minutes = Number(values.minutes || 60);
  const seed = Number(values.seed || randomInt(2 ** 31));
  if (!(minutes > 0 && minutes <= 600) || !Number.isSafeInteger(seed))
    throw new Error("give MINUTES up to 600, and a whole number as SEED");
  const folder = join(root, ".reelway", "weather", new Date().toISOString().slice(0, 19).replaceAll(":", "-"));
  mkdirSync(folder, { recursive: true });
  const say = (line: string) => console.log(line);
  say(`${minutes} minutes of weather, seed ${seed}`);

  const interrupted = stopSignal(() => undefined);
  const record = await run(folder, { weatherMs: minutes * 60_000, seed }, say, interrupted);
  writeFileSync(join(folder, "record.json"), JSON.stringify(record));
  const report = reportOf(record, { commit: commit(), machine: machineLine({ ffmpeg: "ffmpeg", redis: null }) });
  const drawn = await Promise.all([...pictures(record)].map(async ([name, svg]) => [name, await toPng(svg)] as const));
  for (const docs of [folder, ...(values.docs ? [join(root, values.docs)] : [])]) {
    mkdirSync(join(docs, "reliability"), { recursive: true });
    writeFileSync(join(docs, "reliability.md"), report);
    for (const [name, png] of drawn) writeFileSync(join(docs, "reliability", name), png);
  }

  for (const { name, looked, findings } of record.checks) {
    say(`${findings.length === 0 ? "ok  " : "FAIL"}  ${name} (${looked})`);
    for (const finding of findings) say(`        ${finding}`);
  }
  say(`the report and the logs: ${relative(process.cwd(), folder)}`);
  return record.checks.every(({ findings }) => findings.length === 0) ? 0 : 1;
}

/** What was run, and whether it was changed since. */
function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : " with changes"}`;
  } catch {
    return "unknown";
  }
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error);
  process.exit(2);
}
