import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Fields of /proc/<pid>/stat (proc(5)), counted from the one behind the program's name, which is the third. */
const field = { group: 2, user: 11, system: 12, childrenUser: 13, childrenSystem: 14 } as const;

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Processor time that a process group has taken so far, with its children that have ended, seconds. */
export function cpuSecondsOfGroup(group: number): number {
  const members = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => Number(stat[field.group]) === group);
  const ticks = members.reduce(
    (sum, stat) => sum + timesOf(stat, [field.user, field.system, field.childrenUser, field.childrenSystem]),
    0,
  );
  return ticks / ticksPerSecond;
}

function timesOf(stat: readonly string[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + Number(stat[place] ?? 0), 0);
}

/** Nothing for a process that has ended meanwhile. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
