import type { Box, Sandbox } from "./box.ts";
import { findProgram } from "./programs.ts";

/**
 * The same sandbox with programs that yield the cores, by so much (nice(1)): to the runner, whose heartbeat must not wait
 * for them, and to whatever else the host does.
 */
export function yielding(sandbox: Sandbox, niceness: number): Sandbox {
  const nice = niceness === 0 ? null : findProgram("nice");
  if (nice === null) return sandbox;
  const words = [nice, "-n", String(niceness), "--"];
  return { ...sandbox, open: (expectedBytes) => yieldingBox(sandbox.open(expectedBytes), words) };
}

function yieldingBox(box: Box, words: readonly string[]): Box {
  return {
    ...box,
    enclose: (program, args, reach) => {
      const boxed = box.enclose(program, args, reach);
      const [first = "nice", ...rest] = [...words, ...boxed.command];
      return { ...boxed, command: [first, ...rest] };
    },
  };
}
