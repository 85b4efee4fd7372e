import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";

/** A process, told apart from a later one that was given the same number. */
export const ProcessIdentity = z.object({
  pid: z.int().min(1),
  startMark: z.string().meta({ description: "When it started, as the system tells it" }),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** The identity of a live process; undefined when there is none, or when it has ended and only waits to be reaped. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startMark = process.platform === "linux" ? linuxStartMark(pid) : posixStartMark(pid);
  return startMark === undefined ? undefined : { pid, startMark };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startMark === identity.startMark;
}

/** Signals the process if it still is the one we mean. Answers whether it was. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  return isAlive(identity) && send(identity.pid, name);
}

/** Signals the whole group that the process leads, if it still is the one we mean. */
export function signalGroup(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  return isAlive(identity) && (send(-identity.pid, name) || send(identity.pid, name));
}

/** The live children of a process that run the program of this name. */
export function childrenOf(parent: number, program: string): ProcessIdentity[] {
  const rows = process.platform === "linux" ? linuxProcesses() : posixProcesses();
  return rows
    .filter((row) => row.parent === parent && row.program === program)
    .flatMap((row) => identityOf(row.pid) ?? []);
}

/** Processes whose environment holds this `NAME=value`. Linux only: other systems answer with nobody. */
export function processesWithEnvironment(entry: string): ProcessIdentity[] {
  if (process.platform !== "linux") return [];
  return linuxProcesses()
    .filter((row) => readProc(row.pid, "environ")?.split("\0").includes(entry))
    .flatMap((row) => identityOf(row.pid) ?? []);
}

/** Processes that were started with this text in their command line, or that work in a directory with it in its path. */
export function processesMentioning(text: string): ProcessIdentity[] {
  const pids =
    process.platform === "linux"
      ? linuxProcesses()
          .map((row) => row.pid)
          .filter((pid) => readProc(pid, "cmdline")?.includes(text) || workingDirectory(pid)?.includes(text))
      : ps(["-A", "-ww", "-o", "pid=,command="])
          .split("\n")
          .filter((line) => line.includes(text))
          .map((line) => Number.parseInt(line, 10));
  return pids.filter((pid) => pid !== process.pid).flatMap((pid) => identityOf(pid) ?? []);
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

interface ProcessRow {
  pid: number;
  parent: number;
  program: string;
}

function readProc(pid: number | string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** proc(5): after the name in parentheses come state (field 3), parent (4), threads (20) and the start in clock ticks (22). */
function linuxStat(pid: number | string): { program: string; fields: string[] } | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  const nameEnd = stat.lastIndexOf(")");
  return { program: stat.slice(stat.indexOf("(") + 1, nameEnd), fields: stat.slice(nameEnd + 2).split(" ") };
}

function linuxStartMark(pid: number): string | undefined {
  const stat = linuxStat(pid);
  if (stat === undefined || hasEnded(stat.fields)) return undefined;
  // Ticks count from boot, so after a reboot another process could show the same.
  const boot = readProc("sys", "kernel/random/boot_id")?.trim() ?? "";
  return `${boot}:${stat.fields[19]}`;
}

/** A first thread that has ended is shown as a zombie while others of its process still hold files and ports. */
function hasEnded(fields: readonly string[]): boolean {
  const [state, threads] = [fields[0], Number(fields[17])];
  return state === "X" || (state === "Z" && threads <= 1);
}

function linuxProcesses(): ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = linuxStat(name);
      return stat ? [{ pid: Number(name), parent: Number(stat.fields[1]), program: stat.program }] : [];
    });
}

function posixStartMark(pid: number): string | undefined {
  const [state, ...start] = ps(["-o", "state=,lstart=", "-p", String(pid)])
    .trim()
    .split(/\s+/);
  return state && !state.startsWith("Z") && start.length > 0 ? start.join(" ") : undefined;
}

function posixProcesses(): ProcessRow[] {
  return ps(["-A", "-o", "pid=,ppid=,comm="])
    .split("\n")
    .flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*\S)\s*$/.exec(line) ?? [];
      if (pid === undefined || parent === undefined || command === undefined) return [];
      return [{ pid: Number(pid), parent: Number(parent), program: command.slice(command.lastIndexOf("/") + 1) }];
    });
}

function ps(options: string[]): string {
  try {
    return execFileSync("ps", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { LC_ALL: "C" } });
  } catch {
    return "";
  }
}
