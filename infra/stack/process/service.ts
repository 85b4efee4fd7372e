import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { parentGuard } from "../paths.ts";
import { StackFailure } from "../stack-failure.ts";
import { identityOf, type ProcessIdentity, signal, signalGroup } from "./identity.ts";
import { LogFile, tailOf } from "./log-file.ts";

const TAIL_LINES = 15;

/** What a service prints on stdout, as one line of JSON, once it can be used. */
export const ReadyLine = z.looseObject({ event: z.literal("ready") });
export type ReadyLine = z.infer<typeof ReadyLine>;

export interface ServiceOptions {
  /** As people know it: `runner 1`. */
  name: string;
  /** A TypeScript module, run by this same Node. */
  entry: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  logPath: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * A child process that runs until it is told to stop: leader of its own process group, so that the terminal's Ctrl-C
 * reaches only its parent, and asked to end when that parent is gone. Its output goes to its log.
 */
export class Service {
  readonly name: string;
  readonly logPath: string;
  readonly identity: ProcessIdentity;
  /** Rejects with a StackFailure, holding the end of the log, when the process ends before it is ready. */
  readonly ready: Promise<ReadyLine>;
  readonly exited: Promise<Exit>;

  private constructor(
    { name, logPath }: ServiceOptions,
    identity: ProcessIdentity,
    ready: Promise<ReadyLine>,
    exited: Promise<Exit>,
  ) {
    this.name = name;
    this.logPath = logPath;
    this.identity = identity;
    this.ready = ready;
    this.exited = exited;
  }

  static start(options: ServiceOptions): Service {
    const log = new LogFile(options.logPath);
    const child = spawn(process.execPath, ["--import", parentGuard, options.entry, ...(options.args ?? [])], {
      env: options.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) throw new StackFailure(`${options.name} did not start.`);
    const exited = untilExit(child, log);
    const ready = untilReady(child, log, exited, options);
    // Whoever does not wait for it must not be ended by it.
    ready.catch(() => undefined);
    return new Service(options, identity, ready, exited);
  }

  signal(name: NodeJS.Signals): boolean {
    return signal(this.identity, name);
  }

  signalGroup(name: NodeJS.Signals): boolean {
    return signalGroup(this.identity, name);
  }

  /** SIGTERM, then SIGKILL of the group for what is left after the grace time. */
  async stop(graceMs: number): Promise<Exit> {
    this.signal("SIGTERM");
    const deadline = setTimeout(() => this.signalGroup("SIGKILL"), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(deadline);
    }
  }

  logTail(): string {
    return tailOf(this.logPath, TAIL_LINES);
  }
}

function untilExit(child: ChildProcess, log: LogFile): Promise<Exit> {
  child.stderr?.on("data", (bytes: Uint8Array) => log.write(bytes));
  return new Promise((resolve) => {
    child.once("close", (code, signalName) => {
      log.close();
      resolve({ code, signal: signalName });
    });
  });
}

async function untilReady(
  child: ChildProcess,
  log: LogFile,
  exited: Promise<Exit>,
  { name, logPath }: ServiceOptions,
): Promise<ReadyLine> {
  const { stdout } = child;
  const logStart = log.bytes;
  if (!stdout) throw new StackFailure(`${name} has no output.`);
  const line = new Promise<ReadyLine>((resolve) => {
    createInterface(stdout).on("line", (text) => {
      log.write(`${text}\n`);
      const parsed = text.includes('"ready"') ? parseReady(text) : undefined;
      if (parsed) resolve(parsed);
    });
  });
  const early = exited.then(({ code, signal: signalName }): never => {
    throw new StackFailure(
      `${name} ended (${signalName ?? `exit code ${code}`}) before it was ready.\n${tailOf(logPath, TAIL_LINES, logStart)}`,
    );
  });
  return Promise.race([line, early]);
}

function parseReady(text: string): ReadyLine | undefined {
  try {
    return ReadyLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
