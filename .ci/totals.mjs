// Adds up vitest's JSON report and the closing lines of cargo test, and prints `N passed, N failed, N skipped`.
// Exit code 1 when anything failed or is missing.
import { readFileSync } from "node:fs";

let report;
try {
  report = JSON.parse(readFileSync(process.argv[2], "utf8"));
} catch (error) {
  console.log(`no test report: ${error.message}`);
  console.log("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}

const tests = report.testResults.flatMap((file) => file.assertionResults);
const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
// A file that could not be loaded has no tests to fail, yet it is a failure.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
for (const { name, message } of brokenFiles) console.log(`${name}: ${message}`);

const cargo = [
  ...readFileSync(process.argv[3], "utf8").matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm),
];
const ofCargo = (column) => cargo.reduce((sum, line) => sum + Number(line[column]), 0);

const vitestPassed = count("passed");
const skipped = tests.length - vitestPassed - count("failed") + ofCargo(3);
const passed = vitestPassed + ofCargo(1);
const failed = count("failed") + brokenFiles.length + ofCargo(2);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || vitestPassed === 0 ? 1 : 0);
