import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "@reelway/stack/paths";
import type { FuzzCaller } from "./callers.ts";

/** Pinned: another version finds other things. */
const VERSION = "4.32.5";
const venv = join(checkout, ".reelway", "tools", "schemathesis");
const program = join(venv, "bin", "schemathesis");

/** What the document promises: no 5xx, no other status, type or body than it names. */
const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
];

export interface FuzzRun {
  readonly url: string;
  readonly caller: FuzzCaller;
  /** Generated cases for each operation. */
  readonly cases: number;
  readonly maxSeconds: number;
  readonly seed: number;
}

/** Installs schemathesis into .reelway/tools where it is missing. @throws when that fails. */
export async function ensureSchemathesis(): Promise<void> {
  if (existsSync(program)) return;
  await run("python3", ["-m", "venv", venv], "inherit");
  const code = await run(join(venv, "bin", "pip"), ["install", "--quiet", `schemathesis==${VERSION}`], "inherit");
  if (code !== 0) throw new Error("schemathesis could not be installed: it needs python3 with venv, and PyPI");
}

/** The exit code of a run over the caller's operations of the served document; its report goes to stdout. */
export function fuzz({ url, caller, cases, maxSeconds, seed }: FuzzRun): Promise<number> {
  const args = [
    ...["run", `${url}/api/v1/openapi.json`, "--url", url],
    ...Object.entries(caller.headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
    ...(caller.paths === undefined ? [] : ["--include-path-regex", caller.paths]),
    ...["--checks", checks.join(",")],
    ...["--phases", "examples,coverage,fuzzing"],
    ...["--max-examples", String(cases), "--max-time", String(maxSeconds), "--seed", String(seed)],
    ...["--request-timeout", "30", "--continue-on-failure", "--no-color", "--generation-database", "none"],
  ];
  return run(program, args, "inherit");
}

function run(command: string, args: readonly string[], stdio: "inherit"): Promise<number> {
  // It leaves a cache where it runs.
  const child = spawn(command, args, { cwd: join(checkout, ".reelway"), stdio: ["ignore", stdio, stdio] });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
