import type { Manifest, OutputFile } from "@reelway/shared/contracts/manifest";
import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";
import type { PlannedChunk, PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { segmentFile } from "@reelway/shared/streams/rendition-files";

/**
 * Holds a part's report against the plan and against the files that were verified in the bucket: a stream that players
 * would stumble over is never published. Throws `output_refused`, or `chunk_mismatch` for a chunk that does not fit.
 */
export function checkPart(step: StreamStep, { report }: Manifest, outputs: readonly OutputFile[]): void {
  const packages = step.kind === "encode" || step.kind === "audio" || step.kind === "subtitles";
  if (packages && report === undefined)
    throw new ReelwayError("output_refused", "the report of the package is missing");
  if (report === undefined) return;
  checkFiles(report, outputs);
  if (step.kind === "encode" && step.chunk !== null) checkChunk(report, step.video, step.chunk);
}

/** Every segment of the report is a file of its size, and every segment file is in the report. */
function checkFiles(report: PackageReport, outputs: readonly OutputFile[]): void {
  const files = new Map(outputs.filter(({ role }) => role === "segment").map(({ name, bytes }) => [name, bytes]));
  let reported = 0;
  for (const { id, segments } of [...report.renditions, ...(report.subtitles ?? [])]) {
    for (const { number, bytes } of segments) {
      const name = segmentFile(id, number);
      if (files.get(name) !== bytes) throw new ReelwayError("output_refused", `${name} is not as it was reported`);
      reported += 1;
    }
  }
  if (reported !== files.size) throw new ReelwayError("output_refused", "there are segments that were not reported");
}

function checkChunk(report: PackageReport, video: PlannedVideo, chunk: PlannedChunk): void {
  const fault = chunkFault(report, video, chunk);
  if (fault !== null) throw new ReelwayError("chunk_mismatch", `chunk ${chunk.ordinal}: ${fault}`);
}

function chunkFault({ renditions }: PackageReport, video: PlannedVideo, chunk: PlannedChunk): string | null {
  if (renditions.length !== video.renditions.length) return "another number of renditions than planned";
  for (const planned of video.renditions) {
    const made = renditions.find(({ id }) => id === planned.id);
    if (!made) return `${planned.id} is missing`;
    if (made.initSha256 !== planned.initSha256) return `${planned.id} needs another init segment than the plan's`;
    if (made.timescale !== video.timescale) return `${planned.id} counts other ticks`;
    const pictures = made.segments.reduce((sum, { samples }) => sum + samples, 0);
    if (pictures !== chunk.pictures) return `${planned.id} has ${pictures} pictures of ${chunk.pictures}`;
    if (!isAsPlanned(made, chunk)) return `${planned.id} is cut elsewhere than planned`;
  }
  return null;
}

function isAsPlanned({ segments }: RenditionReport, chunk: PlannedChunk): boolean {
  const last = segments.at(-1);
  return (
    segments.length === chunk.segments.length &&
    last !== undefined &&
    last.start + last.duration === chunk.end &&
    segments.every(
      ({ number, start }, index) => number === chunk.firstSegment + index && start === chunk.segments[index]?.start,
    )
  );
}
