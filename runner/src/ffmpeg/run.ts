import type { InputRange, ProgramRun } from "@reelway/shared/contracts/program-run";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Logger } from "pino";
import type { Box, Reach } from "../box/box.ts";
import { devicesIn } from "../box/devices-in.ts";
import type { MediaEngine } from "../engine/open-engine.ts";
import type { MadeFiles } from "../take-home/made-files.ts";
import { repeatableRun } from "../take-home/repeatable-run.ts";
import { runAttributes, runName } from "../telemetry/ffmpeg-attributes.ts";
import { inSpan } from "../telemetry/spans.ts";
import { boundedOutput, type Child, loggedEnd, startChild } from "./child-process.ts";
import { NO_SPACE, toolFailure } from "./failure.ts";
import { createProgressParser, type FfmpegProgress } from "./progress.ts";
import type { FfmpegTools } from "./tools.ts";

/** Where and under whose control the children of one task run. */
export interface RunScope {
  readonly tools: FfmpegTools;
  /** Probes sources where it can; ffprobe does otherwise. */
  readonly engine?: MediaEngine | null;
  /** The child's working directory; relative names in arguments lie here. One of `writes`. */
  readonly cwd: string;
  /** What it runs in. */
  readonly box: Box;
  /** Files and directories that it may read there, besides those that it may write. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly signal: AbortSignal;
  /** No progress for this long is a stall. */
  readonly stallMs: number;
  readonly onProcessGroup: (pid: number) => void;
  /** Directories whose paths are cut from logs and messages. */
  readonly hidePaths: readonly string[];
  /** The task's. */
  readonly log?: Logger;
  /** How the task's files came about. */
  readonly made?: MadeFiles;
  /** Names of files that the run makes for later ones. */
  readonly makes?: readonly string[];
  /** What is read of the source, where that is not all of it. */
  readonly inputRange?: InputRange;
}

export interface FfmpegEnd {
  readonly logTail: string;
  /** What it was run as, for whoever finds fault with the result. */
  readonly program: ProgramRun;
  readonly frames: number | null;
  readonly outSeconds: number | null;
}

/**
 * Runs ffmpeg to its end. Throws what ended it: the signal's reason, encode_stalled, or its own failure by the table in
 * failure.ts. A good exit is no verdict on the result: probe that.
 */
export function runFfmpeg(
  scope: RunScope,
  args: readonly string[],
  onProgress: (progress: FfmpegProgress) => void = () => {},
): Promise<FfmpegEnd> {
  return inSpan(runName(args), {}, async (span) => {
    if (span.isRecording()) span.setAttributes(runAttributes(args, scope.hidePaths));
    const startedAt = performance.now();
    const end = await encode(scope, args, onProgress);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (end.frames !== null)
      span.setAttributes({ "reelway.frames": end.frames, "reelway.fps": Math.round(end.frames / seconds) });
    return end;
  });
}

async function encode(
  scope: RunScope,
  args: readonly string[],
  onProgress: (progress: FfmpegProgress) => void,
): Promise<FfmpegEnd> {
  const words = ["-nostdin", "-hide_banner", "-nostats", "-progress", "pipe:1", ...args];
  const { run: program, lines } = repeatableRun({ name: "ffmpeg", version: scope.tools.version, args: words }, scope);
  let last: FfmpegProgress | undefined;
  const parse = createProgressParser((progress) => {
    if (movedOn(last, progress)) child.alive(finishingMs(progress));
    last = progress;
    onProgress(progress);
  });
  const child: Child = startChild({
    command: [scope.tools.ffmpegPath, ...words],
    box: scope.box,
    reach: { reads: scope.reads, writes: scope.writes, cwd: scope.cwd, devices: devicesIn(args) },
    signal: scope.signal,
    onProcessGroup: scope.onProcessGroup,
    hidePaths: scope.hidePaths,
    onStdout: parse,
    watchdog: {
      ms: scope.stallMs,
      error: () =>
        new ReelwayError("encode_stalled", `no progress for ${Math.round(scope.stallMs / 1_000)} s`, { program }),
    },
  });
  const end = await loggedEnd(child, "ffmpeg", scope.log);
  // ffmpeg 5 ends well when the disk was full for a file's last bytes only.
  if (end.exitCode !== 0 || NO_SPACE.test(end.logTail)) throw toolFailure({ ...end, program }, "encode_failed");
  for (const file of scope.makes ?? []) scope.made?.note(file, lines);
  return { logTail: end.logTail, program, frames: last?.frames ?? null, outSeconds: last?.outSeconds ?? null };
}

/** Bytes that the slowest disk moves in a millisecond. */
const SLOW_DISK_BYTES_PER_MS = 20_000;

/** To bring the index to the front, all that was written is moved once more, and ffmpeg says nothing meanwhile. */
export function finishingMs({ bytes }: FfmpegProgress): number {
  return (bytes ?? 0) / SLOW_DISK_BYTES_PER_MS;
}

/** ffmpeg reports twice a second even when it hangs: only a change counts. */
function movedOn(before: FfmpegProgress | undefined, now: FfmpegProgress): boolean {
  return (
    before === undefined ||
    before.frames !== now.frames ||
    before.outSeconds !== now.outSeconds ||
    before.bytes !== now.bytes
  );
}

/** The longest description of a file that is read, characters: chapters and tags are as many as an uploader likes. */
const PRINTED_MAX = 8 * 1024 * 1024;

/**
 * Runs ffprobe and returns what it printed. A probe reads a bounded part of the file, so it has a time limit too.
 * Throws input_limit_exceeded where it prints without end.
 */
export async function runFfprobe(scope: RunScope, args: readonly string[]): Promise<string> {
  const words = ["-hide_banner", ...args];
  const { run: program } = repeatableRun({ name: "ffprobe", version: scope.tools.ffprobeVersion, args: words }, scope);
  const printed: string[] = [];
  const output = boundedOutput(
    PRINTED_MAX,
    (text) => printed.push(text),
    () => new ReelwayError("input_limit_exceeded", "the file's chapters and tags are too many to read", { program }),
  );
  const child = startChild({
    command: [scope.tools.ffprobePath, ...words],
    box: scope.box,
    reach: lookingOnly(scope),
    signal: AbortSignal.any([scope.signal, output.signal]),
    onProcessGroup: scope.onProcessGroup,
    hidePaths: scope.hidePaths,
    onStdout: output.onStdout,
    watchdog: {
      ms: scope.stallMs,
      error: () => new ReelwayError("encode_stalled", "ffprobe did not come to an end", { program }),
    },
  });
  const end = await loggedEnd(child, "ffprobe", scope.log);
  if (end.exitCode !== 0) throw toolFailure({ ...end, program }, "input_unreadable");
  return printed.join("");
}

/** Who only looks has nothing to write. */
function lookingOnly({ reads, writes, cwd }: Pick<RunScope, "reads" | "writes" | "cwd">): Reach {
  return { reads: [...reads, ...writes], writes: [], cwd };
}
