import { createWriteStream } from "node:fs";
import { basename } from "node:path";
import { finished } from "node:stream/promises";
import type { InputRange, ProgramRun } from "@reelway/shared/contracts/program-run";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Logger } from "pino";
import type { Box } from "../box/box.ts";
import { boundedOutput, type Child, certificateAuthorities, loggedEnd, startChild } from "../ffmpeg/child-process.ts";
import type { MadeFiles } from "../take-home/made-files.ts";
import { type RunWords, repeatableRun } from "../take-home/repeatable-run.ts";
import { inSpan } from "../telemetry/spans.ts";
import { engineFailure } from "./failure.ts";
import { createLineParser } from "./json-lines.ts";
import type { MediaEngine } from "./open-engine.ts";

/** Where and under whose control the engine runs for one task. */
export interface EngineScope {
  readonly engine: MediaEngine;
  /** The engine's working directory, one of `writes`; what it need not keep lies here, too. */
  readonly cwd: string;
  /** What it runs in. */
  readonly box: Box;
  /** Files and directories that it may read there, besides those that it may write. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Ends the whole process group; its reason is what is thrown. */
  readonly signal: AbortSignal;
  readonly onProcessGroup: (pid: number) => void;
  /** Directories whose paths are cut from logs and messages. */
  readonly hidePaths: readonly string[];
  /** The task's. */
  readonly log?: Logger;
  /** How the task's files came about. */
  readonly made?: MadeFiles;
  /** What is read of the source, where that is not all of it. */
  readonly inputRange?: InputRange;
}

/** A URL that is said to the engine on its standard input: a URL may be a secret, and a command line is everybody's to read. */
export interface SaidUrl {
  readonly url: string;
  /** What stands for it behind the other arguments. */
  readonly words: readonly string[];
  /** What a copy of the file is called at somebody's desk. */
  readonly copy: string;
}

/** Says a line to the running engine. */
export type Say = (line: string) => void;

/** A description has no reason to be longer, characters: samples and key frames are not part of it. */
const DOCUMENT_MAX = 8 * 1024 * 1024;

/**
 * Runs a verb that prints one JSON document, and gives what it printed, unparsed by any schema. `said` is the URL that it
 * reads, where it reads one.
 * Throws what ended it: the signal's reason, encode_stalled after `limitMs`, or its own failure by the table in failure.ts.
 */
export async function runForDocument(
  scope: EngineScope,
  command: readonly [string, ...string[]],
  limitMs: number,
  said?: SaidUrl,
): Promise<unknown> {
  const printed: string[] = [];
  await runPrinting(scope, command, { limitMs, said, longest: DOCUMENT_MAX }, (text) => printed.push(text));
  return json(printed.join(""), command[0]);
}

/** An index has about two bytes for each sample of a source, and a source lasts a day at most, characters. */
const FILE_MAX = 256 * 1024 * 1024;

/** The same for a document that is too long to hold: it is written to a file as it comes. */
export async function runToFile(
  scope: EngineScope,
  command: readonly [string, ...string[]],
  path: string,
  limitMs: number,
  said?: SaidUrl,
): Promise<void> {
  const file = createWriteStream(path);
  const written = finished(file);
  written.catch(() => undefined);
  try {
    await runPrinting(scope, command, { limitMs, said, longest: FILE_MAX, into: path }, (text) => file.write(text));
  } finally {
    file.end();
  }
  await written;
}

interface Printing {
  readonly limitMs: number;
  readonly said: SaidUrl | undefined;
  /** The most that it may print, characters. */
  readonly longest: number;
  readonly into?: string;
}

async function runPrinting(
  scope: EngineScope,
  [verb, ...args]: readonly [string, ...string[]],
  { limitMs, said, longest, into }: Printing,
  onText: (text: string) => void,
): Promise<void> {
  const makes = madeBy(args, into);
  const atDesk: RunWords = {
    name: "reelway-media",
    version: scope.engine.version,
    // There what lies behind a URL is a file.
    args: [verb, ...args, ...(said === undefined ? [] : [said.copy])],
    ...(into !== undefined && { into }),
  };
  const { run: program, lines } = repeatableRun(atDesk, { ...scope, makes });
  const output = boundedOutput(
    longest,
    onText,
    () => new ReelwayError("input_limit_exceeded", "the description of the file is too long to read", { program }),
  );
  await run(
    { ...scope, signal: AbortSignal.any([scope.signal, output.signal]) },
    [verb, ...args, ...(said?.words ?? [])],
    {
      program,
      // What is said is a URL, and nothing else needs the network.
      ...(said === undefined ? {} : { listens: true, network: true, onStarted: (child) => child.say(said.url) }),
      onStdout: output.onStdout,
      watchdog: {
        ms: limitMs,
        error: () => new ReelwayError("encode_stalled", `reelway-media ${verb} did not come to an end`, { program }),
      },
    },
  );
  for (const file of makes) scope.made?.note(file, lines);
}

/** What an engine that works line by line is told and asked. */
export interface Conversation {
  /** The first line on its standard input. */
  readonly first: string;
  /** Given each line that it printed, as JSON without a schema, and the means to answer. */
  readonly onLine: (line: unknown, say: Say) => void;
}

/** Runs a verb that prints JSON lines while it works. Throws as `runForDocument` does, but knows no limit of its own. */
export async function runForLines(
  scope: EngineScope,
  [verb, ...args]: readonly [string, ...string[]],
  { first, onLine }: Conversation,
): Promise<void> {
  const broken = new AbortController();
  const parse = createLineParser((line) => onLine(json(line, verb), (text) => child?.say(text)));
  let child: Child | undefined;
  await run({ ...scope, signal: AbortSignal.any([scope.signal, broken.signal]) }, [verb, ...args], {
    listens: true,
    network: true,
    onStdout: (text) => {
      try {
        parse(text);
      } catch (error) {
        broken.abort(error);
      }
    },
    onStarted: (started) => {
      child = started;
      started.say(first);
    },
  });
  broken.signal.throwIfAborted();
}

/** The names of the files that a run writes: what takes its prints, and what `-o` names. */
function madeBy(args: readonly string[], into: string | undefined): string[] {
  const option = args.indexOf("-o");
  const named = option === -1 ? undefined : args[option + 1];
  return [into, named].flatMap((path) => (path === undefined ? [] : [basename(path)]));
}

interface Exchange {
  /** What it is run as, where that is to be told: what servers answered can't be had again. */
  readonly program?: ProgramRun;
  readonly onStdout: (text: string) => void;
  readonly listens?: boolean;
  readonly network?: boolean;
  readonly onStarted?: (child: Child) => void;
  readonly watchdog?: { readonly ms: number; readonly error: () => ReelwayError };
}

function run(
  { engine, log, box, reads, writes, cwd, ...where }: EngineScope,
  [verb, ...args]: readonly [string, ...string[]],
  { onStarted, program, network = false, ...exchange }: Exchange,
): Promise<void> {
  return inSpan(`engine ${verb}`, { "reelway.engine.verb": verb }, async () => {
    const authorities = network ? (certificateAuthorities() ?? []) : [];
    const reach = { reads: [...reads, authorities].flat(), writes, cwd, network, mapsFiles: true };
    const child = startChild({ command: [engine.path, verb, ...args], box, reach, ...where, ...exchange });
    onStarted?.(child);
    const end = await loggedEnd(child, `reelway-media ${verb}`, log);
    if (end.exitCode !== 0) throw engineFailure({ ...end, ...(program && { program }) });
  });
}

function json(text: string, verb: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReelwayError("runner_error", `reelway-media ${verb} printed something else than JSON`, { cause: error });
  }
}
