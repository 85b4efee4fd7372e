// Prints the test files in which something failed, on one line, where they are few: many have a reason that stays.
// Usage: failed-files.mjs <report of vitest>
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const FEW = 8;

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failed = testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(".", name));
if (failed.length <= FEW) console.log(failed.join(" "));
