import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import type { ReusedStream } from "@reelway/shared/contracts/reused-stream";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";

/** A plan in seconds and counts, without what only its runners need, and what it takes of another stream. */
export function presentPlan(
  jobId: string,
  { version: _, chunks, ...plan }: StreamPlan,
  reused: ReusedStream | null,
): JobPlan {
  const timescale = plan.video?.timescale ?? 1;
  return {
    ...plan,
    jobId,
    reused,
    chunks: chunks.map(({ ordinal, start, end, pictures, firstSegment, segments, sourceRange: [first, last] }) => ({
      ordinal,
      startSeconds: start / timescale,
      endSeconds: end / timescale,
      pictures,
      firstSegment,
      segments: segments.length,
      sourceBytes: last - first + 1,
    })),
  };
}
