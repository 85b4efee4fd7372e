import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { evidenceOf } from "../take-home/evidence.ts";
import type { ProgramEnd } from "./child-process.ts";

export const NO_SPACE = /No space left on device|Disk quota exceeded|stats file could not be written/;

/** Refused by our own bound on one allocation, or by a host that has none left. */
export const ALLOCATION_REFUSED = /Cannot allocate memory|malloc of size \d+ failed|Out of memory/;

/** A path of the system that is none of its own: those of the task's files are cut from the log. */
const FOREIGN_PATH =
  /(?:^|[\s'"=:(])\/(?!dev\/|proc\/|sys\/|usr\/)[^\s'"]+.*(?:No such file|Permission denied|Operation not permitted|Read-only)/;

/** The programs that start it found it gone, or were not let start it. */
const NOT_STARTED = /^(?:setpriv|prlimit|bwrap): (?:failed to execute|execvp) /;

/** What ffmpeg's and ffprobe's own words mean for us. First match wins, so the surest signs come first. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [NOT_STARTED, "runner_error"],
  [NO_SPACE, "scratch_full"],
  [FOREIGN_PATH, "input_hostile"],
  // Our own files, gone or closed to us: no fault of what is in them.
  [/No such file or directory|Permission denied|Too many open files|Stale file handle/, "runner_error"],
  [/File too large/, "output_limit_exceeded"],
  [ALLOCATION_REFUSED, "out_of_memory"],
  [/Picture size \d+x\d+ (?:is invalid|exceeds)/, "input_limit_exceeded"],
  [/moov atom not found/, "input_truncated"],
  [
    /Unknown encoder|No device available|Cannot load libcuda|Error initializing output stream|Error while opening encoder/,
    "encode_failed",
  ],
  [
    /[Cc]ould not find tag for codec|[Cc]odec not currently supported in container|incorrect codec parameters/,
    "spec_unsupported",
  ],
  [/Stream map '.*' matches no streams|does not contain any stream/, "input_missing_stream"],
  [/not on whitelist|not allowed|Invalid data found when processing input|Unknown input format/, "input_unreadable"],
  [
    /Decoder \(codec .*\) not found|Could not find codec parameters|no decoder found|Decoding requested, but no decoder/,
    "input_unreadable",
  ],
  [/End of file/, "input_truncated"],
];

/** Says nothing that the line before it did not say better. */
const EMPTY_WORDS = /^(Conversion failed!|Error opening (input|output) files?:? ?.*|Exiting.*|\s*)$/;

/** Turns a bad end of ffmpeg or ffprobe into one coded error, with ffmpeg's own reason in the detail. */
export function toolFailure(end: ProgramEnd, otherwise: ErrorCode): ReelwayError {
  const evidence = evidenceOf(end);
  if (end.signal === "SIGKILL" || end.exitCode === 137)
    return new ReelwayError("out_of_memory", "ffmpeg was killed by the system", evidence);
  const stopped = stoppedByLimits(endedEarly(end) ? { signal: "SIGXCPU" } : end);
  if (stopped !== null) return new ReelwayError(...stopped, evidence);
  if (end.signal === "SIGXFSZ") return new ReelwayError("output_limit_exceeded", "the result grew too large", evidence);
  const lines = end.logTail.split("\n");
  for (const [pattern, code] of meanings) {
    const line = lines.findLast((candidate) => pattern.test(candidate));
    if (line !== undefined) return new ReelwayError(code, reasonIn(line), evidence);
  }
  const last = lines.findLast((line) => !EMPTY_WORDS.test(line));
  const ending = end.signal === undefined ? `exit code ${end.exitCode}` : end.signal;
  return new ReelwayError(otherwise, last === undefined ? `ffmpeg ended with ${ending}` : reasonIn(last), evidence);
}

/**
 * ffmpeg takes a signal for the wish to end early: it closes its files, says nothing at our level of its log, and ends with 255.
 * Whom the runner stops is not judged by its end, so what is left is the signal for the end of its processor time. Newer ones
 * also end so where an operation was not permitted, and say that.
 */
function endedEarly({ exitCode, logTail }: ProgramEnd): boolean {
  return exitCode === 255 && !/Operation not permitted/.test(logTail);
}

/** What a box's limits and its filter of system calls do to any program that goes beyond them. */
export function stoppedByLimits({ signal }: Pick<ProgramEnd, "signal">): [ErrorCode, string] | null {
  if (signal === "SIGXCPU") return ["job_timeout", "the program used up its processor time (SANDBOX_CPU_SECONDS)"];
  if (signal === "SIGSYS") return ["input_hostile", "the program made a system call that no media needs"];
  return null;
}

/** The message without ffmpeg's object names and addresses (`[mov,mp4 @ 0x5581]`), and without our own list of formats. */
export function reasonIn(line: string): string {
  return line
    .replace(/^(\[[^\]]* @ 0x[0-9a-f]+\] )+/, "")
    .replace(/ @ 0x[0-9a-f]+/g, "")
    .replace(/Format not on whitelist '.*'/, "not one of the media formats that are read")
    .trim()
    .slice(0, 300);
}
