import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";
import type { PlannedChunk, PlannedRendition, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/**
 * Holds what was packaged against the plan: the pictures are all there, segments have their numbers and times, and one
 * init segment serves this chunk and all others. Throws chunk_mismatch: nothing of it is published then.
 */
export function checkChunk({ renditions }: PackageReport, video: PlannedVideo, chunk: PlannedChunk): void {
  for (const planned of video.renditions) {
    const made = renditions.find(({ id }) => id === planned.id);
    const fault = made === undefined ? "is missing" : faultOf(made, planned, video, chunk);
    if (fault !== null) throw new ReelwayError("chunk_mismatch", `chunk ${chunk.ordinal}: ${planned.id} ${fault}`);
  }
}

function faultOf(
  made: RenditionReport,
  planned: PlannedRendition,
  { timescale }: PlannedVideo,
  chunk: PlannedChunk,
): string | null {
  const { segments } = made;
  if (made.initSha256 !== planned.initSha256) return "needs another init segment than the plan's";
  if (made.timescale !== timescale) return `counts ${made.timescale} ticks a second, not ${timescale}`;
  const pictures = segments.reduce((sum, { samples }) => sum + samples, 0);
  if (pictures !== chunk.pictures) return `has ${pictures} pictures, not ${chunk.pictures}`;
  if (segments.length !== chunk.segments.length) return `has ${segments.length} segments, not ${chunk.segments.length}`;
  for (const [index, { number, start, duration }] of segments.entries()) {
    const from = chunk.segments[index]?.start;
    const to = chunk.segments[index + 1]?.start ?? chunk.end;
    if (number !== chunk.firstSegment + index || start !== from || start + duration !== to)
      return `has segment ${number} from ${start} to ${start + duration}, not ${from} to ${to}`;
  }
  return null;
}
