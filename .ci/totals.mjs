// Adds up vitest's JSON report and prints `N passed, N failed, N skipped`. Exit code 1 when anything failed or is missing.
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

const passed = count("passed");
const failed = count("failed") + brokenFiles.length;
console.log(`${passed} passed, ${failed} failed, ${tests.length - passed - count("failed")} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
