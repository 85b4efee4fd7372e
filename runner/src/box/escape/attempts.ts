import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { join } from "node:path";

/** The program that is run in a box to get out of it. It must be one file: nothing else of ours is there. */

/** What to go for: its one argument, as JSON. */
export interface Targets {
  /** A file of the runner's, out of reach. */
  readonly secret: string;
  /** A directory of the runner's, out of reach. */
  readonly outside: string;
  /** A directory that may be written, or nothing would work. */
  readonly own: string;
  /** A port of the host's loopback on which somebody listens. */
  readonly port: number;
  /** A socket without a path on which somebody listens. */
  readonly socket: string;
  /** The runner's process, and the namespace that it counts in, as /proc/self/ns links to it. */
  readonly runner: number;
  readonly processes: string;
  /** Whether the runner is root. */
  readonly isRoot: boolean;
  /** Whether it has the host's network, as the media engine may. */
  readonly network: boolean;
}

/** What it prints: of what it went for, what it got; or that even what it may do failed. */
export interface Reached {
  readonly open: readonly string[];
  readonly works: boolean;
}

const targets: Targets = JSON.parse(process.argv.at(-1) ?? "{}");
const open = new Set<string>();
const works = canWrite(targets.own);

if (reads(targets.secret)) open.add("files");
if (["/", "/usr", "/etc", "/usr/bin"].some(canWrite)) open.add("system");
if (["/dev/shm", "/dev", "/tmp", "/var/tmp", "/run", targets.outside].some(canWrite)) open.add("writes");
if (!targets.network && (await answers({ host: "127.0.0.1", port: targets.port }))) open.add("network");
if ((await answers({ path: `\0${targets.socket}` })) || (await looksForSockets())) open.add("services");
// Among the runner's own processes nothing ends what it started.
const among = readlinkSync("/proc/self/ns/pid") === targets.processes;
if (among && (meets(targets.runner) || startsProcesses())) open.add("processes");
const status = readFileSync("/proc/self/status", "utf8");
const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
const isRoot = targets.isRoot && field("Uid") === "0";
if (isRoot || !/^0+$/.test(field("CapEff")) || field("NoNewPrivs") !== "1") open.add("privileges");
if (field("Seccomp") !== "2") open.add("system_calls");
// Nothing that the runner or a wall had open is inherited.
if (readdirSync("/proc/self/fd").some((fd) => isHostFile(fd))) open.add("files");

const reached: Reached = { open: [...open], works };
process.stdout.write(JSON.stringify(reached));

function isHostFile(fd: string): boolean {
  try {
    return /^\/(?!proc\/|dev\/)/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    return false;
  }
}

/** Whether it can see a process, or send it a signal: 0 only asks. */
function meets(pid: number): boolean {
  try {
    return reads(`/proc/${pid}/cmdline`) || process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether the kernel goes as far as to look for a program. */
function startsProcesses(): boolean {
  const { error } = spawnSync("/nowhere");
  return error === undefined || ("code" in error && error.code === "ENOENT");
}

function reads(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

function canWrite(directory: string): boolean {
  const path = join(directory, `reelway-escape-${process.pid}`);
  try {
    writeFileSync(path, "out", { flag: "wx" });
  } catch {
    return false;
  }
  rmSync(path, { force: true });
  return true;
}

/** Whether the kernel goes as far as to look for a socket by its path. */
function looksForSockets(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: "nowhere" });
    socket.on("error", (error) => resolve("code" in error && error.code === "ENOENT"));
  });
}

function answers(where: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where);
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on("connect", () => end(true));
    socket.on("error", () => end(false));
  });
}
