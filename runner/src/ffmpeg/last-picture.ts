import type { VideoStream } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { mediaInput } from "./arguments/guard.ts";
import { type RunScope, runFfprobe } from "./run.ts";

/** Containers whose last key frame a seek finds. */
const indexedFormats = new Set(["mov", "matroska"]);

/** Later than any source lasts: a seek there lands on the last key frame. */
const beyondTheEnd = "999999";

export interface PicturesOfFile {
  readonly path: string;
  readonly format: string;
  readonly picture: Pick<VideoStream, "index" | "variableFrameRate">;
  /** What the answer counts from, in seconds of the file's own timestamps. */
  readonly origin: number;
  /** How long a picture is shown at least, seconds. */
  readonly shortest: number;
}

/** How long a picture is shown at least where nothing else is said, seconds. */
export const shortestShown = 0.04;

/**
 * The earliest that pictures which come at uneven times may end: when the last one has been shown for the shortest time, in
 * seconds from the origin. Null where they come evenly, or it can't be told without reading the whole file. Nothing is decoded.
 */
export async function earliestEnd(
  scope: RunScope,
  { path, format, picture, origin, shortest }: PicturesOfFile,
): Promise<number | null> {
  if (!picture.variableFrameRate || !indexedFormats.has(format)) return null;
  const printed = await runFfprobe(scope, [
    ...["-v", "error", "-of", "csv=print_section=0", "-select_streams", String(picture.index)],
    ...["-read_intervals", `${beyondTheEnd}%`, "-show_entries", "packet=pts_time"],
    ...mediaInput({ path, format, threads: 1 }),
  ]).catch(noneWhereUnread(scope));
  const times = printed
    .split("\n")
    .map((line) => Number.parseFloat(line) - origin)
    .filter(Number.isFinite);
  const last = times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  return Math.abs(last) > limits.inputDurationSeconds ? null : last + shortest;
}

/** Who encodes the file meets what is wrong with it, and tells it better. */
function noneWhereUnread(scope: RunScope) {
  return (error: unknown): string => {
    if (scope.signal.aborted || !(error instanceof ReelwayError)) throw error;
    scope.log?.info({ code: error.code }, "the last picture's time was not found: its end is left to ffmpeg");
    return "";
  };
}
