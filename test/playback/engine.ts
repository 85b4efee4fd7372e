import { execFileSync } from "node:child_process";

/** Runs the engine; its words are the error's when it fails. */
export function runEngine(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8" });
}
