import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";

/** Where a title's segments begin, and where the last one ends, in ticks. */
export interface SegmentGrid {
  readonly timescale: number;
  readonly ticks: readonly number[];
  readonly end: number;
}

/** For titles whose pictures are in no plan, and sound that none goes with: ticks of a second. */
export const ownTimescale = 1_000;

/** The pictures' segments as planned; without a plan of them, steps of a segment. */
export function segmentGrid({ video, chunks, segmentSeconds, durationSeconds }: StreamPlan): SegmentGrid {
  const last = chunks.at(-1);
  if (video !== null && last !== undefined) {
    const ticks = chunks.flatMap(({ segments }) => segments.map(({ start }) => start)).slice(1);
    return { timescale: video.timescale, ticks: [0, ...ticks], end: last.end };
  }
  const end = Math.ceil(durationSeconds * ownTimescale);
  const step = Math.round(segmentSeconds * ownTimescale);
  const ticks = Array.from({ length: Math.ceil(end / step) }, (_, place) => place * step);
  return { timescale: ownTimescale, ticks, end };
}
