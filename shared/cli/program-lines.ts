import type { ProgramRun } from "../contracts/program-run.ts";
import { withoutControls } from "../contracts/text.ts";
import { programWords } from "./program-words.ts";
import type { Style } from "./terminal/style.ts";

/** How to see it fail at one's own desk. The command is a line of its own, whole and unpainted: it is there to be copied. */
export function programLines(program: ProgramRun, { dim }: Style): string[] {
  const failed = dim(`Failed: ${withoutControls(programWords(program))}`);
  if (program.command === undefined) return [failed];
  const how = dim("To see it fail on your own machine, in a folder with the source under the name `source`:");
  return [failed, how, withoutControls(program.command)];
}
