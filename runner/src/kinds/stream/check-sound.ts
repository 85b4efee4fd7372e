import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { forcedFormat } from "../../ffmpeg/arguments/guard.ts";
import { truthfulFormats } from "../transcode/verdict.ts";

/**
 * Holds packaged sound against the plan: every track that holds samples is there under its name, begins with the title, and lasts as long as
 * the source claims where its claims are true. Throws output_invalid, input_truncated.
 */
export function checkSound({ renditions, empty = [] }: PackageReport, { audio, source }: StreamPlan): void {
  const ids = renditions.map(({ id }) => id).join();
  const planned = audio.filter(({ id }) => !empty.includes(id));
  if (ids !== planned.map(({ id }) => id).join()) throw new ReelwayError("output_invalid", `packaged were ${ids}`);
  const isTruthful = truthfulFormats.has(forcedFormat(source.container));
  for (const [place, { id, timescale, segments }] of renditions.entries()) {
    const [first, last] = [segments[0], segments.at(-1)];
    if (first?.number !== 1 || first.start !== 0 || last === undefined)
      throw new ReelwayError("output_invalid", `${id} does not begin with the title`);
    const claimed = source.audio[planned[place]?.track ?? 0]?.durationSeconds ?? source.durationSeconds;
    const made = (last.start + last.duration) / timescale;
    if (isTruthful && claimed !== null && made < claimed - Math.max(0.75, claimed * 0.05))
      throw new ReelwayError("input_truncated", `${id}: only ${made.toFixed(2)} s of ${claimed.toFixed(2)} s`);
  }
}
