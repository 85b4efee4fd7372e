import type { ProgramRun } from "@reelway/shared/contracts/program-run";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { execa } from "execa";
import type { Logger } from "pino";
import type { Box, Reach } from "../box/box.ts";
import { createLogTail } from "./log-tail.ts";
import { Watchdog, type WatchdogOptions } from "./watchdog.ts";

export interface ChildRun {
  /** The program and its arguments; never a user's string. */
  readonly command: readonly [string, ...string[]];
  /** What it runs in, and what of the host it may reach there. */
  readonly box: Box;
  readonly reach: Reach;
  /** Ends the whole process group; its reason is what is thrown. */
  readonly signal: AbortSignal;
  /** Told the process group's id as soon as it exists. */
  readonly onProcessGroup: (pid: number) => void;
  readonly onStdout?: (text: string) => void;
  /** Whether it is spoken to on its standard input, which is empty otherwise. */
  readonly listens?: boolean;
  /** Ends the child with `error` where `alive()` is not called for so long. */
  readonly watchdog?: Pick<WatchdogOptions, "ms" | "computingMs"> & {
    readonly error: (silentMs: number) => ReelwayError;
  };
  /** Directories whose paths are cut from the log: nobody outside should see them. */
  readonly hidePaths: readonly string[];
}

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly logTail: string;
  /** What it was run as, where that is to be told. */
  readonly program?: ProgramRun;
}

export interface ChildEnd extends ProgramEnd {
  /** The most memory that it held, bytes; null where that is not counted. */
  readonly peakBytes: number | null;
}

export interface Child {
  readonly ended: Promise<ChildEnd>;
  /** Says something on its standard input. */
  say(line: string): void;
  /** The work moved on: the watchdog starts again, this much more patient, milliseconds. */
  alive(patienceMs?: number): void;
}

/** How long a child may take over SIGTERM. ffmpeg can ignore it for long while a filter is busy. */
const TERM_GRACE_MS = 500;

/** What a child sees of our environment: nothing of the runner's own settings and secrets. */
export function childEnvironment(): Record<string, string> {
  const passed = [
    ...["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"],
    // Which devices there are for us, and where their drivers lie.
    ...["CUDA_VISIBLE_DEVICES", "LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "VK_ICD_FILENAMES", "VK_DRIVER_FILES"],
  ];
  const environment: Record<string, string> = {
    ...{ LANG: "C.UTF-8", SVT_LOG: "1", AV_LOG_FORCE_NOCOLOR: "1" },
    // Cards are counted as their nodes are, and not by their speed.
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
  };
  for (const name of passed) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const authorities = certificateAuthorities();
  if (authorities !== undefined) environment.SSL_CERT_FILE = authorities;
  return environment;
}

/** A file of further certificate authorities, where the host has one: by Node's own name for it, or everybody else's. */
export function certificateAuthorities(): string | undefined {
  return process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE;
}

/**
 * Runs a program in its own process group. The first cause wins: an abort, a stall or the program's own end, whichever
 * comes first, is what the caller learns. Aborts and stalls throw; an end, good or bad, is returned.
 */
export function startChild(run: ChildRun): Child {
  run.signal.throwIfAborted();
  const [program, ...rest] = run.command;
  const boxed = run.box.enclose(program, rest, run.reach);
  const [file, ...args] = boxed.command;
  const child = execa(file, args, {
    cwd: run.reach.cwd,
    env: { ...childEnvironment(), ...boxed.environment },
    extendEnv: false,
    detached: true,
    cleanup: false,
    stdin: run.listens ? "pipe" : "ignore",
    buffer: false,
    reject: false,
  });
  const log = createLogTail(run.hidePaths);
  child.stderr.setEncoding("utf8").on("data", log.add);
  child.stdout.setEncoding("utf8").on("data", (text: string) => run.onStdout?.(text));
  // A child that ends while it is spoken to says why by its end.
  child.stdin?.on("error", () => undefined);
  const { pid } = child;
  if (pid !== undefined) run.onProcessGroup(pid);

  let cause: unknown;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: unknown) => {
    if (cause !== undefined) return;
    cause = reason;
    watchdog?.close();
    if (mustDieAtOnce(reason)) return killGroup(pid, "SIGKILL");
    killGroup(pid, "SIGTERM");
    killTimer = setTimeout(() => killGroup(pid, "SIGKILL"), TERM_GRACE_MS);
  };
  const { watchdog: wanted } = run;
  const watchdog = wanted && new Watchdog({ ...wanted, pid, onSilence: (silentMs) => stop(wanted.error(silentMs)) });
  const alive = (patienceMs = 0) => {
    if (cause === undefined) watchdog?.heard(patienceMs);
  };
  const onAbort = () => stop(run.signal.reason);
  run.signal.addEventListener("abort", onAbort, { once: true });
  alive();

  const ended = child
    .then((result): ChildEnd => {
      const peakBytes = boxed.ended();
      if (cause !== undefined) throw cause;
      if (pid === undefined) throw new ReelwayError("runner_error", `${program} did not start: ${result.shortMessage}`);
      refuseBrokenBox(result.exitCode, log.text());
      return { ...endOf(result), logTail: log.text(), peakBytes };
    })
    .finally(() => {
      cause ??= "ended";
      clearTimeout(killTimer);
      watchdog?.close();
      run.signal.removeEventListener("abort", onAbort);
    });
  return { ended, alive, say: (line) => void child.stdin?.write(`${line}\n`) };
}

/** Behind a wall a program's death by a signal is told by an exit code (128 and the signal's number). */
const signalsByCode: Readonly<Record<number, NodeJS.Signals>> = {
  137: "SIGKILL",
  139: "SIGSEGV",
  152: "SIGXCPU",
  153: "SIGXFSZ",
  159: "SIGSYS",
};

function endOf({ exitCode, signal }: { exitCode?: number; signal?: string }): Pick<ProgramEnd, "exitCode" | "signal"> {
  return { exitCode, signal: signal ?? signalsByCode[exitCode ?? 0] };
}

/** A box that could not be made at all says so before anything runs in it. */
function refuseBrokenBox(exitCode: number | undefined, log: string): void {
  const brokenBubblewrap = exitCode === 1 && log.startsWith("bwrap: ");
  if (brokenBubblewrap || (exitCode === 4 && log.startsWith("reelway-media: confine: ")))
    throw new ReelwayError("sandbox_unavailable", log.split("\n")[0] ?? "");
}

/** A lost lease means that another runner may be at work already: no grace. */
function mustDieAtOnce(reason: unknown): boolean {
  return reason instanceof ReelwayError && reason.code === "lease_lost";
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

/** The child's end, with a line in the task's log: what a program did is found by its job, too. */
export async function loggedEnd(child: Child, program: string, log: Logger | undefined): Promise<ChildEnd> {
  try {
    const end = await child.ended;
    const { exitCode, signal, peakBytes } = end;
    log?.info({ program, exitCode, ...(signal && { signal }), ...(peakBytes && { peakBytes }) }, "process ended");
    return end;
  } catch (error) {
    log?.info({ program, code: error instanceof ReelwayError ? error.code : "unknown" }, "process stopped");
    throw error;
  }
}

/** Passes on what a child prints, up to `longest` characters; beyond, `signal` is aborted with what `tooLong` makes. */
export function boundedOutput(longest: number, onText: (text: string) => void, tooLong: () => ReelwayError) {
  const overrun = new AbortController();
  let length = 0;
  const onStdout = (text: string) => {
    length += text.length;
    if (length <= longest) onText(text);
    else overrun.abort(tooLong());
  };
  return { onStdout, signal: overrun.signal };
}
