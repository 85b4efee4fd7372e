import type { InputRange, ProgramRun } from "@reelway/shared/contracts/program-run";
import { limits } from "@reelway/shared/limits";
import { deskWord } from "./desk-word.ts";
import type { MadeFiles } from "./made-files.ts";
import { shellLine } from "./shell-line.ts";

/** What a program is run as: by its own name, without the box around it. */
export interface RunWords extends Pick<ProgramRun, "name" | "version"> {
  readonly args: readonly string[];
  /** The file that takes what it prints. */
  readonly into?: string;
}

/** Where a run stands in its task. */
export interface RunPlace {
  readonly hidePaths: readonly string[];
  /** What the task's programs made before. */
  readonly made?: MadeFiles;
  /** Names of files that the run itself makes, whatever made them before. */
  readonly makes?: readonly string[];
  /** What is read of the source, where that is not all of it. */
  readonly inputRange?: InputRange;
}

/** A run that can be done again at its user's desk. */
export interface RepeatableRun {
  readonly run: ProgramRun;
  /** This run behind those that made its files, each a line. */
  readonly lines: readonly string[];
}

/**
 * Tells a run so that it fails elsewhere as it does here. Where that is too long, the run alone is told; and since half of it
 * would be another, none where that is too long, too.
 */
export function repeatableRun(words: RunWords, { hidePaths, made, makes = [], inputRange }: RunPlace): RepeatableRun {
  const { name, version, args, into } = words;
  const shown = args.map((word) => deskWord(word, hidePaths));
  const redirect = into === undefined ? "" : ` > ${shellLine([deskWord(into, hidePaths)])}`;
  const own = shellLine([name, ...shown]) + redirect;
  const lines = [...(made?.linesFor(shown, makes) ?? []), own];
  const command = [lines.join(" && "), own].find(({ length }) => length <= limits.commandLength);
  return {
    run: {
      name,
      version: version.replace(/[^!-~]/g, "?").slice(0, limits.programVersionLength),
      ...(command !== undefined && { command }),
      ...(inputRange && { inputRange }),
    },
    lines,
  };
}
