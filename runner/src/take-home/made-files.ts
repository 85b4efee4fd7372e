/** How the files of one task's scratch came about: lines of a shell that make them once more, out of the source. */
export class MadeFiles {
  readonly #lines = new Map<string, readonly string[]>();

  /** These lines, in order, make the file; what made it before is forgotten. */
  note(file: string, lines: readonly string[]): void {
    this.#lines.set(file, lines);
  }

  /** What makes the files that these words name, but for some, in order and each line once. */
  linesFor(words: readonly string[], except: readonly string[]): readonly string[] {
    const files = words.map((word) => word.replace(/^file:/, "")).filter((file) => !except.includes(file));
    return [...new Set(files.flatMap((file) => this.#lines.get(file) ?? []))];
  }
}
