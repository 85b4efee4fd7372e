import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";
import { segmentCeiling } from "@reelway/shared/streams/ceiling";
import type { EncodedVideo } from "../../ffmpeg/arguments/stream-encode.ts";
import { streamEncoders } from "../../ffmpeg/arguments/stream-encoders.ts";
import type { KindContext } from "../kind.ts";

/** What was encoded, and packaged below this folder. */
interface Made {
  readonly report: PackageReport;
  readonly directory: string;
}

/**
 * Makes a chunk or a whole, and makes it once more where segments of it take more than their ceiling lets them and its
 * encoder, which only aims at ceilings, has a stricter way: those renditions in that way, which costs quality, and the others
 * as before. A film that took more than a third of its time is left as it is: a second time would end it for good.
 */
export async function madeBelowCeiling<Result extends Made>(
  { log, outputDirectory, pacing, task }: Pick<KindContext, "log" | "outputDirectory" | "pacing" | "task">,
  video: EncodedVideo,
  make: (video: EncodedVideo, directory: string, message: string) => Promise<Result>,
): Promise<Result> {
  const begunAt = pacing.now();
  const made = await make(video, join(outputDirectory, "segments"), "encoding");
  if (streamEncoders.get(video.encoder)?.hasStrictWay !== true) return made;
  const renditions = video.renditions.map((rendition, place) => {
    const report = made.report.renditions[place];
    return report !== undefined && oversteps(report, rendition.maxKbps) ? { ...rendition, isStrict: true } : rendition;
  });
  const strict = renditions.filter(({ isStrict }) => isStrict).map(({ maxKbps }) => maxKbps);
  if (strict.length === 0) return made;
  if (pacing.now() - begunAt > (task.timeoutSeconds * 1_000) / 3) {
    log.warn({ maxKbps: strict }, "segments are above their ceiling, and there is no time to encode them once more");
    return made;
  }
  log.info({ maxKbps: strict }, "segments are above their ceiling: their renditions are encoded once more, strictly");
  await rm(made.directory, { recursive: true, force: true });
  return make({ ...video, renditions }, join(outputDirectory, "strict"), "encoding once more, below the ceiling");
}

function oversteps({ segments, timescale }: RenditionReport, maxKbps: number): boolean {
  return segments.some(({ bytes, duration }) => {
    const seconds = duration / timescale;
    return (bytes * 8) / seconds > segmentCeiling(maxKbps, seconds);
  });
}
