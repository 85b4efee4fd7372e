import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type Child, startChild } from "./child-process.ts";
import { toolFailure } from "./failure.ts";
import { createProgressParser, type FfmpegProgress } from "./progress.ts";
import type { FfmpegTools } from "./tools.ts";

/** Where and under whose control the children of one task run. */
export interface RunScope {
  readonly tools: FfmpegTools;
  /** The child's working directory; relative names in arguments lie here. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** No progress for this long is a stall. */
  readonly stallMs: number;
  readonly onProcessGroup: (pid: number) => void;
  /** Directories whose paths are cut from logs and messages. */
  readonly hidePaths: readonly string[];
}

export interface FfmpegEnd {
  readonly logTail: string;
  readonly frames: number | null;
  readonly outSeconds: number | null;
}

/**
 * Runs ffmpeg to its end. Throws what ended it: the signal's reason, encode_stalled, or its own failure by the table in
 * failure.ts. A good exit is no verdict on the result: probe that.
 */
export async function runFfmpeg(
  scope: RunScope,
  args: readonly string[],
  onProgress: (progress: FfmpegProgress) => void = () => {},
): Promise<FfmpegEnd> {
  let last: FfmpegProgress | undefined;
  const parse = createProgressParser((progress) => {
    if (movedOn(last, progress)) child.alive();
    last = progress;
    onProgress(progress);
  });
  const child: Child = startChild({
    command: commandOf(scope.tools, scope.tools.ffmpegPath, [
      "-nostdin",
      "-hide_banner",
      "-nostats",
      "-progress",
      "pipe:1",
      ...args,
    ]),
    cwd: scope.cwd,
    signal: scope.signal,
    onProcessGroup: scope.onProcessGroup,
    hidePaths: scope.hidePaths,
    onStdout: parse,
    watchdog: {
      ms: scope.stallMs,
      error: () => new ReelwayError("encode_stalled", `no progress for ${Math.round(scope.stallMs / 1_000)} s`),
    },
  });
  const end = await child.ended;
  if (end.exitCode !== 0) throw toolFailure(end, "encode_failed");
  return { logTail: end.logTail, frames: last?.frames ?? null, outSeconds: last?.outSeconds ?? null };
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

/** Runs ffprobe and returns what it printed. A probe reads a bounded part of the file, so it has a time limit too. */
export async function runFfprobe(scope: RunScope, args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const child = startChild({
    command: commandOf(scope.tools, scope.tools.ffprobePath, ["-hide_banner", ...args]),
    cwd: scope.cwd,
    signal: scope.signal,
    onProcessGroup: scope.onProcessGroup,
    hidePaths: scope.hidePaths,
    onStdout: (text) => printed.push(text),
    watchdog: {
      ms: scope.stallMs,
      error: () => new ReelwayError("encode_stalled", "ffprobe did not come to an end"),
    },
  });
  const end = await child.ended;
  if (end.exitCode !== 0) throw toolFailure(end, "input_unreadable");
  return printed.join("");
}

function commandOf(tools: FfmpegTools, path: string, args: readonly string[]): [string, ...string[]] {
  const [first, ...rest] = [...tools.launcher, path, ...args];
  return [first ?? path, ...rest];
}
