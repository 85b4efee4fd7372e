import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { environmentOfTests } from "../support/environment.ts";

const checkout = join(import.meta.dirname, "../..");

/** A host that runs the line which the page shows for a checkout, as somebody would paste it. Answers how to end it. */
export function joinByLine(line: string, dataDir: string, env: Readonly<Record<string, string>>): () => Promise<void> {
  const state = mkdtempSync(join(dataDir, "joined-"));
  const child = spawn("sh", ["-c", `exec env ${line.replaceAll("\\\n", " ")}`], {
    cwd: checkout,
    env: environmentOfTests({ STATE_DIR: state, RUNNER_NAME: "rack-2-left", ...env }),
    stdio: "ignore",
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await exited;
  };
}
