import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** The engine's lines are a few hundred characters long. */
const LINE_MAX = 64 * 1024;

/** Cuts text, in whatever pieces it arrives, into lines. Throws runner_error where a line does not end. */
export function createLineParser(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
    if (rest.length > LINE_MAX)
      throw new ReelwayError("runner_error", "the media engine printed a line without an end");
  };
}
