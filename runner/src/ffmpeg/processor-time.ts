import { readFileSync } from "node:fs";

/** Of the kernel's clock in /proc, the same on every architecture that we run on. */
const ticksPerSecond = 100;
/** Fields of /proc/PID/stat behind the program's name (proc(5)): user, system, and both of those children that have ended. */
const timeFields = { from: 11, to: 15 };

/**
 * Processor time that a program and all that it started have taken, seconds; null where this system does not tell it, or the
 * program has ended.
 */
export function processorSeconds(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own = fields.slice(timeFields.from, timeFields.to).reduce((ticks, field) => ticks + Number(field), 0);
    return (
      own / ticksPerSecond + childrenOf(pid).reduce((seconds, child) => seconds + (processorSeconds(child) ?? 0), 0)
    );
  } catch {
    return null;
  }
}

/** Those that its main thread started, as the walls around a program do. */
function childrenOf(pid: number): number[] {
  const words = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return words === "" ? [] : words.split(" ").map(Number);
}
