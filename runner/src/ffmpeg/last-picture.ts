import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { mediaInput } from "./arguments/guard.ts";
import { type RunScope, runFfprobe } from "./run.ts";

/** Later than any source lasts: a seek there lands on the last key frame. */
const beyondTheEnd = "999999";

/** Containers that tell how long they last, and whose last key frame a seek finds. */
export const indexedFormats: ReadonlySet<string> = new Set(["mov", "matroska"]);

/** The least that a last picture is shown, seconds. */
export const shortestShown = 0.04;

/**
 * When the last picture of a file is shown, in seconds of its own timestamps, as its index and what lies behind the last key
 * frame tell; null where they don't. Nothing is decoded.
 */
export async function lastPictureAt(scope: RunScope, file: { path: string; format: string; stream: number }) {
  const printed = await runFfprobe(scope, [
    ...["-v", "error", "-of", "csv=print_section=0", "-select_streams", String(file.stream)],
    ...["-read_intervals", `${beyondTheEnd}%`, "-show_entries", "packet=pts_time"],
    ...mediaInput({ path: file.path, format: file.format, threads: 1 }),
  ]).catch(noneWhereUnread(scope));
  const times = printed
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter(Number.isFinite);
  return times.length === 0 ? null : times.reduce((latest, time) => Math.max(latest, time));
}

/** Who encodes the file meets what is wrong with it, and tells it better. */
function noneWhereUnread(scope: RunScope) {
  return (error: unknown): string => {
    if (scope.signal.aborted || !(error instanceof ReelwayError)) throw error;
    return "";
  };
}
