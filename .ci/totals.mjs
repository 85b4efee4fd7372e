// Adds up vitest's JSON reports and the closing lines of cargo test, and prints `N passed, N failed, N skipped`.
// Usage: totals.mjs <folder of the reports> "<leg that vitest reports of> …" [<leg of the run that failed>…]
// Exit code 1 when anything failed or is missing.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [reports, reported, ...failedLegs] = process.argv.slice(2);

const counts = {
  native: ofCargo(join(reports, "native.log")),
  ...Object.fromEntries(reported.split(" ").map((leg) => [leg, ofVitest(leg)])),
};
// A leg can fail without a failed test: by a check, or by ending early.
const failedElsewhere = failedLegs.filter((leg) => !(counts[leg]?.failed > 0));
if (failedLegs.length > 0) console.log(`\nfailed: ${failedLegs.join(", ")}`);

const all = Object.values(counts);
for (const { where, why } of all.flatMap(({ failures = [] }) => failures)) console.log(`${where}\n${shortened(why)}\n`);
for (const { where, why } of all.flatMap(({ flaky = [] }) => flaky))
  console.log(`passed at the second try: ${where}\n${shortened(why)}\n`);
const sum = (column) => all.reduce((total, leg) => total + leg[column], 0);
const failed = sum("failed") + failedElsewhere.length;
console.log(`${sum("passed")} passed, ${failed} failed, ${sum("skipped")} skipped`);
process.exit(failed > 0 ? 1 : 0);

function ofVitest(leg) {
  let files;
  try {
    files = filesOf(join(reports, `${leg}.json`));
  } catch (error) {
    return missing(`no report of ${leg}: ${error.message}`);
  }
  // What was run again counts as it ended then; what failed before is named all the same.
  const firstFailures = [...files.values()].flatMap(failuresOf);
  const again = join(reports, `${leg}.again.json`);
  if (existsSync(again)) for (const [name, file] of filesOf(again)) files.set(name, file);

  const all = [...files.values()];
  const statuses = all.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const passed = statuses.filter((status) => status === "passed").length;
  if (passed === 0) return missing("vitest passed no test");
  const failures = all.flatMap(failuresOf);
  const skipped = statuses.filter((status) => status !== "passed" && status !== "failed").length;
  const flaky = firstFailures.filter(({ where }) => failures.every((failure) => failure.where !== where));
  return { passed, failed: failures.length, skipped, failures, flaky };
}

/** By their names. */
function filesOf(path) {
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  return new Map(testResults.map((file) => [file.name, file]));
}

/** A file that could not be loaded has no tests to fail, yet it is a failure. */
function failuresOf({ name, status, message, assertionResults }) {
  const failures = assertionResults
    .filter((test) => test.status === "failed")
    .map(({ fullName, failureMessages }) => ({ where: `${name}: ${fullName}`, why: failureMessages.join("\n") }));
  return failures.length === 0 && status === "failed" ? [{ where: name, why: message }] : failures;
}

/** Enough of a failure to know it by, beside the totals: its whole text stands far above them. */
function shortened(text) {
  const ours = text.split("\n").filter((line) => !line.includes("node_modules"));
  return ours.slice(0, 12).join("\n").slice(0, 1_500);
}

function ofCargo(path) {
  const lines = [
    ...readFileSync(path, "utf8").matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm),
  ];
  if (lines.length === 0) return missing("cargo test ran no test");
  const [passed, failed, skipped] = [1, 2, 3].map((column) =>
    lines.reduce((total, line) => total + Number(line[column]), 0),
  );
  return { passed, failed, skipped };
}

function missing(reason) {
  console.log(reason);
  return { passed: 0, failed: 1, skipped: 0 };
}
