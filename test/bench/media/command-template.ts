import { ReelwayError } from "@reelway/shared/errors/reelway-error";

const sourcePlace = "{source}";
const outputPlace = "{output}";

/** An ffmpeg command line with its two files left open, so that others can run the very same one on files of theirs. */
export class CommandTemplate {
  readonly argv: readonly string[];

  private constructor(argv: readonly string[]) {
    this.argv = argv;
  }

  /** Of a recorded command line: the file after the only `-i` is the source, the last argument the output. */
  static of(argv: readonly string[]): CommandTemplate {
    const inputs = argv.filter((argument) => argument === "-i").length;
    if (inputs !== 1) throw new ReelwayError("internal", `the recorded ffmpeg run has ${inputs} inputs, not one`);
    const source = argv.indexOf("-i") + 1;
    return new CommandTemplate(
      argv.map((argument, index) => {
        if (index === source) return withPlace(argument, sourcePlace);
        return index === argv.length - 1 ? withPlace(argument, outputPlace) : argument;
      }),
    );
  }

  static fromJson(text: string): CommandTemplate {
    const argv: unknown = JSON.parse(text);
    if (!Array.isArray(argv)) throw new ReelwayError("internal", "not a list of arguments");
    return new CommandTemplate(argv.map(String));
  }

  fill(files: { source: string; output: string }): string[] {
    return this.argv.map((argument) => argument.replace(sourcePlace, files.source).replace(outputPlace, files.output));
  }

  toJson(): string {
    return JSON.stringify(this.argv);
  }
}

/** `file:/scratch/in/source` → `file:{source}`. */
function withPlace(argument: string, place: string): string {
  return argument.startsWith("file:") ? `file:${place}` : place;
}
