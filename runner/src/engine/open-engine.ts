import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { execa } from "execa";
import type { Logger } from "pino";
import { childEnvironment } from "../ffmpeg/child-process.ts";

/** The media engine of this host, `reelway-media`, and what it can do: asked of the program, never guessed from a version. */
export interface MediaEngine {
  readonly path: string;
  /** As it prints it, such as `0.1.0`. */
  readonly version: string;
  /** Verbs that do all that is asked of them here. */
  readonly verbs: ReadonlySet<string>;
}

export interface EngineSetting {
  /** ENGINE_PATH; undefined looks for `reelway-media` on the PATH. */
  readonly path: string | undefined;
}

const NAME = "reelway-media";
/** What the runner says to a verb: an engine that is older than this runner may not understand it. */
const spoken: Readonly<Record<string, readonly string[]>> = {
  probe: ["--brief"],
  plan: ["--slices"],
  fetch: ["--json", "--ask-room", "--max-bytes", "--own-host", "--allow-private"],
};

/**
 * Asks the engine what it is. Without one the runner does the same work by other means, which is said once: null.
 * Throws runner_error, naming the setting, where ENGINE_PATH is set and does not run.
 */
export async function openEngine({ path }: EngineSetting, log: Logger): Promise<MediaEngine | null> {
  try {
    const program = path ?? NAME;
    const [banner, commands] = await Promise.all([ask(program, "--version"), ask(program, "--help")]);
    const version = new RegExp(`^${NAME} (\\S+)`).exec(banner)?.[1];
    if (version === undefined) throw new Error(`${program} is another program`);
    return { path: program, version, verbs: await usableVerbs(program, commands) };
  } catch (error) {
    const reason = reasonOf(error);
    if (path !== undefined)
      throw new ReelwayError("runner_error", `ENGINE_PATH: ${path} does not run: ${reason}`, { cause: error });
    log.info({ reason }, "no media engine on this host: its work is done without it where that can be");
    return null;
  }
}

/** What a task that asks for the engine may need of it. */
const verbsOfTasks = ["probe", "index", "plan", "cut", "extract", "package", "manifest", "stitch", "fetch"];

/** In the words of shared/contracts/capability.ts. An engine that lacks a verb is used for the others, and not announced. */
export function engineCapabilities(engine: MediaEngine | null): string[] {
  return engine !== null && verbsOfTasks.every((verb) => engine.verbs.has(verb)) ? ["engine"] : [];
}

async function usableVerbs(program: string, commands: string): Promise<ReadonlySet<string>> {
  const verbs = [...commands.matchAll(/^ {2}([a-z]+) {2}/gm)].flatMap(([, verb]) => verb ?? []);
  const usable = await Promise.all(
    verbs.map(async (verb) => {
      const wanted = spoken[verb] ?? [];
      const help = wanted.length === 0 ? "" : await ask(program, verb, "--help");
      const options = new Set(help.split(/[\s,]+/));
      return verb !== "help" && wanted.every((option) => options.has(option));
    }),
  );
  return new Set(verbs.filter((_, index) => usable[index]));
}

async function ask(program: string, ...args: readonly string[]): Promise<string> {
  const answer = await execa(program, args, {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
    env: childEnvironment(),
    extendEnv: false,
  });
  if (answer.failed) throw new Error(answer.shortMessage);
  return answer.stdout;
}
