import type { ProgramRun } from "../contracts/program-run.ts";
import { type ErrorCode, errorCatalogue } from "./catalogue.ts";

/** One field that is wrong: `path` is a dotted path into the request body (`spec.video.codec`). */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * The one error that domain code throws. Exactly one boundary per process turns it into an HTTP answer, an exit code
 * or the end of a task.
 */
export class ReelwayError extends Error {
  override readonly name = "ReelwayError";
  readonly code: ErrorCode;
  /** What happened this time, for the person who reads it. Never a secret, never another tenant's data. */
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
  /** The end of ffmpeg's own log, where there is one. */
  readonly logTail: string | undefined;
  /** The program that failed, where one did. */
  readonly program: ProgramRun | undefined;
  /** When another try has a chance, where that is known; otherwise the code decides. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    more: {
      errors?: readonly FieldError[];
      logTail?: string;
      program?: ProgramRun;
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    super(detail ?? errorCatalogue[code].title, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.logTail = more.logTail;
    this.program = more.program;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}
