import type { PlannedChunk, PlannedVideo } from "@reelway/shared/contracts/stream-plan";

/** Containers and the first second of each part may take a little more than the ceiling. */
const room = 1.25;
/** Each picture lies on disk twice: as it was encoded, and in its segment. */
const copies = 2;

/** The most that all renditions of so many seconds take on disk, bytes. */
export function encodedBytes({ renditions }: Pick<PlannedVideo, "renditions">, seconds: number): number {
  const kbps = renditions.reduce((sum, { maxKbps }) => sum + maxKbps, 0);
  return Math.ceil(((kbps * 1_000) / 8) * (seconds + 1) * room * copies);
}

/** What making a chunk takes on disk, its cut of the source included, bytes. */
export function chunkBytes(video: PlannedVideo, { start, end, sourceRange: [from, to], slice }: PlannedChunk): number {
  return encodedBytes(video, (end - start) / video.timescale) + (to - from) + slice.length;
}
