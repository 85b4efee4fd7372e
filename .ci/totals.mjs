// Adds up vitest's JSON reports and the closing lines of cargo test, and prints `N passed, N failed, N skipped`.
// Usage: totals.mjs <log with cargo test> <tests.json> <playback.json> [<leg of the run that failed>…]
// Exit code 1 when anything failed or is missing.
import { readFileSync } from "node:fs";

const [cargoLog, testsReport, playbackReport, ...failedLegs] = process.argv.slice(2);

const counts = { native: ofCargo(cargoLog), tests: ofVitest(testsReport), playback: ofVitest(playbackReport) };
// A leg can fail without a failed test: by a check, or by ending early.
const failedElsewhere = failedLegs.filter((leg) => !(counts[leg]?.failed > 0));
if (failedLegs.length > 0) console.log(`\nfailed: ${failedLegs.join(", ")}`);

const sum = (column) => Object.values(counts).reduce((total, leg) => total + leg[column], 0);
const failed = sum("failed") + failedElsewhere.length;
console.log(`${sum("passed")} passed, ${failed} failed, ${sum("skipped")} skipped`);
process.exit(failed > 0 ? 1 : 0);

function ofVitest(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return missing(`no report of vitest: ${error.message}`);
  }
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const count = (wanted) => tests.filter(({ status }) => status === wanted).length;
  // A file that could not be loaded has no tests to fail, yet it is a failure.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  for (const { name, message } of brokenFiles) console.log(`${name}: ${message}`);
  const [passed, failed] = [count("passed"), count("failed")];
  if (passed + failed === 0) return missing("vitest ran no test");
  return { passed, failed: failed + brokenFiles.length, skipped: tests.length - passed - failed };
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
