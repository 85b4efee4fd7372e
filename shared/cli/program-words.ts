import type { ProgramRun } from "../contracts/program-run.ts";

/** Which program failed, and on what: "ffmpeg 5.1.9-0+deb12u1, seconds 12 to 18 of the source". */
export function programWords({ name, version, inputRange }: ProgramRun): string {
  if (inputRange === undefined) return `${name} ${version}`;
  const { fromSeconds, toSeconds } = inputRange;
  const seconds = (value: number) => String(Number(value.toFixed(3)));
  const range =
    toSeconds === null
      ? `from second ${seconds(fromSeconds)}`
      : `seconds ${seconds(fromSeconds)} to ${seconds(toSeconds)}`;
  return `${name} ${version}, ${range} of the source`;
}
