import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

export interface ProcessOptions {
  /** A word for messages and the name of the log file. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether this line of stdout says that it is ready. */
  readonly isReady: (line: string) => boolean;
  readonly readyWithinMs?: number;
}

export interface StartedProcess {
  /** Its process id, which is that of its group too. */
  readonly pid: number;
  /** The line that said that it is ready. */
  readonly readyLine: string;
  /** Every later line of stdout, those before the call included. For one listener. */
  onLine(listener: (line: string) => void): void;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) killGroup(child, "SIGKILL");
});

/** Starts a process in its own group and waits until it says that it is ready. Its output goes to a log file. */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const child = spawn(options.command, options.arguments, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const log = createWriteStream(options.logFile, { flags: "a" });
  child.stderr.pipe(log, { end: false });

  const ready = Promise.withResolvers<string>();
  const unread: string[] = [];
  const keep = (line: string): unknown => unread.push(line);
  let listener = (line: string): unknown => {
    if (!options.isReady(line)) return;
    listener = keep;
    ready.resolve(line);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.write(`${line}\n`);
    listener(line);
  });
  rejectWithoutReadiness(child, options, ready);

  const readyLine = await ready.promise;
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.name} has no process id`);
  return {
    pid,
    readyLine,
    onLine(next) {
      for (const line of unread.splice(0)) next(line);
      listener = next;
    },
    stop: () => stopProcess(child),
  };
}

/** A process that ends, does not start or takes too long before it is ready: says so with the end of its log. */
function rejectWithoutReadiness(
  child: ChildProcess,
  { name, logFile, readyWithinMs = 30_000 }: ProcessOptions,
  ready: PromiseWithResolvers<string>,
): void {
  const refuse = async (why: string) => {
    killGroup(child, "SIGKILL");
    const log = await readFile(logFile, "utf8").catch(() => "");
    ready.reject(new Error(`${name} ${why}. The end of its log:\n${log.slice(-2_000)}`));
  };
  const onExit = (code: number | null, signal: string | null) =>
    refuse(`ended before it was ready (${signal ?? `exit code ${code}`})`);
  const timer = setTimeout(() => refuse(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
  child.once("error", (error) => refuse(`could not be started (${error.message})`));
  child.once("exit", onExit);
  const settled = () => {
    clearTimeout(timer);
    child.off("exit", onExit);
  };
  ready.promise.then(settled, settled);
}

/** Asks politely, then kills whatever is left of the group. */
async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(child, "SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
  killGroup(child, "SIGKILL");
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone: what we wanted.
  }
}
