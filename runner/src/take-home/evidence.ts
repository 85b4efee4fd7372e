import type { ProgramRun } from "@reelway/shared/contracts/program-run";

/** What a program leaves to whoever asks why its run came to nothing. */
export interface Evidence {
  readonly logTail?: string;
  readonly program?: ProgramRun;
}

/** The evidence of a program's end, or of an error that tells of one, for the error that is made of it. */
export function evidenceOf({
  logTail,
  program,
}: {
  logTail?: string | undefined;
  program?: ProgramRun | undefined;
}): Evidence {
  return { ...(logTail && { logTail }), ...(program && { program }) };
}
