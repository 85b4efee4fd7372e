import { spawnSync } from "node:child_process";

/** Where a program is, by its name on the PATH or by the environment variable that names another. */
export function toolPath(variable: string, name: string): string {
  const path = process.env[variable] ?? name;
  const found = spawnSync("sh", ["-c", 'command -v "$0"', path], { encoding: "utf8" }).stdout.trim();
  if (found === "") throw new Error(`${name} is not installed (or set ${variable}).`);
  return found;
}
