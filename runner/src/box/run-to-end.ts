import { execa } from "execa";
import { childEnvironment } from "../ffmpeg/child-process.ts";
import type { BoxedCommand } from "./box.ts";

export interface ShortRun {
  readonly timeoutMs: number;
  /** Where it starts: one of the box's directories, where it matters. */
  readonly cwd?: string;
}

/** Runs a boxed command that is soon over, on nobody's behalf; however it ends, that is the answer. Tasks have `startChild`. */
export async function runToEnd({ command, environment, ended }: BoxedCommand, { timeoutMs, cwd }: ShortRun) {
  const [file, ...args] = command;
  const run = await execa(file, args, {
    reject: false,
    stdin: "ignore",
    timeout: timeoutMs,
    forceKillAfterDelay: 500,
    ...(cwd !== undefined && { cwd }),
    env: { ...childEnvironment(), ...environment },
    extendEnv: false,
    maxBuffer: 1_000_000,
  });
  ended();
  return run;
}
