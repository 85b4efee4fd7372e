import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { ProgramEnd } from "../ffmpeg/child-process.ts";
import { NO_SPACE, stoppedByLimits } from "../ffmpeg/failure.ts";
import { evidenceOf } from "../take-home/evidence.ts";

/** What the engine's own codes mean for us (native/README.md). One that stands not here is judged by its class alone. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  not_mp4: "input_unreadable",
  malformed: "input_unreadable",
  unsupported: "input_unreadable",
  truncated: "input_truncated",
  limit: "input_limit_exceeded",
  source_forbidden: "source_forbidden",
  bad_redirect: "source_refused",
  source_denied: "source_refused",
  precondition_failed: "source_refused",
  source_not_found: "source_not_found",
  source_too_large: "source_too_large",
  source_changed: "source_unavailable",
  source_protocol: "source_unavailable",
  network: "source_unavailable",
  no_room: "scratch_full",
};
/** What a server answers that is neither of the usual yeses nor noes: asking again may help, or not. */
const SOURCE_STATUS = "source_status";
/** The classes of exit codes. */
const [USAGE, BAD_INPUT, IO] = [2, 3, 4];

/** The engine's own code for what ended it, as its last words tell it; undefined where they have none. */
export function engineCodeIn(logTail: string): string | undefined {
  return lastWords(logTail).code;
}

/** Turns a bad end of the engine into one coded error, with the engine's own words in the detail. */
export function engineFailure(end: ProgramEnd): ReelwayError {
  const evidence = evidenceOf(end);
  const stopped = stoppedByLimits(end);
  if (stopped !== null) return new ReelwayError(...stopped, evidence);
  const { code, words } = lastWords(end.logTail);
  const ending = end.signal === undefined ? `exit code ${end.exitCode}` : end.signal;
  return new ReelwayError(
    codeOf(end, code),
    (words || `the media engine ended with ${ending}`).slice(0, 300),
    evidence,
  );
}

function lastWords(logTail: string): { code: string | undefined; words: string | undefined } {
  const line = logTail.split("\n").findLast((text) => text.startsWith("reelway-media: ")) ?? "";
  const [, code, words] = /^reelway-media: (?:([a-z0-9_]+): )?(.*)$/.exec(line) ?? [];
  return { code, words };
}

function codeOf({ exitCode, signal, logTail }: ProgramEnd, code: string | undefined): ErrorCode {
  if (signal === "SIGKILL" || exitCode === 137 || /memory allocation of \d+ bytes failed/.test(logTail))
    return "out_of_memory";
  if (exitCode === IO && NO_SPACE.test(logTail)) return "scratch_full";
  if (code === SOURCE_STATUS) return exitCode === BAD_INPUT ? "source_refused" : "source_unavailable";
  const meaning = meanings[code ?? ""];
  if (meaning !== undefined && exitCode !== USAGE) return meaning;
  return exitCode === BAD_INPUT ? "input_unreadable" : "runner_error";
}
