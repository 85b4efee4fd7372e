import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ownTimescale } from "./segment-grid.ts";

/** Times in ticks, strictly growing. */
export interface Borders {
  readonly timescale: number;
  readonly ticks: readonly number[];
}

/** What is left at the end stays with the segment before it where it is shorter, seconds. */
export const shortestRest = 0.25;

/**
 * Where sound is cut: with the pictures, so that it can be listed as far as they are; beyond them, and without them, in
 * steps of a segment. The first segment begins with the title, whenever the first picture is shown.
 */
export function soundBorders(
  { video, chunks, segmentSeconds }: Pick<StreamPlan, "video" | "chunks" | "segmentSeconds">,
  endSeconds: number,
): Borders {
  const timescale = chunks.length > 0 ? (video?.timescale ?? ownTimescale) : ownTimescale;
  const step = Math.round(segmentSeconds * timescale);
  const starts = chunks.flatMap(({ segments }) => segments.map(({ start }) => start)).slice(1);
  const end = chunks.at(-1)?.end;
  const latest = (endSeconds - shortestRest) * timescale;
  const ticks = [...starts, ...(end === undefined ? [step] : [end])].filter((tick) => tick < latest);
  for (let next = (end ?? step) + step; next < latest; next += step) ticks.push(next);
  return { timescale, ticks };
}
