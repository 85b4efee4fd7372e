import type { AudioSpec } from "@reelway/shared/contracts/transcode-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { z } from "zod";

type LoudnessTarget = NonNullable<AudioSpec["loudness"]>;

const Decimal = z.string().transform(Number);

/** What loudnorm prints after measuring: EBU R128 integrated loudness, range, true peak and gate. */
const LoudnormReport = z.object({
  input_i: Decimal,
  input_tp: Decimal,
  input_lra: Decimal,
  input_thresh: Decimal,
  target_offset: Decimal,
});
export type LoudnessMeasure = z.infer<typeof LoudnormReport>;

const targetOf = (target: LoudnessTarget) =>
  `I=${target.integratedLufs}:TP=${target.truePeakDbtp}:LRA=${target.rangeLu}`;

/** The filter of the measuring pass. */
export function measuringFilter(target: LoudnessTarget): string {
  return `loudnorm=${targetOf(target)}:print_format=json`;
}

/** Finds loudnorm's report at the end of ffmpeg's log. */
export function readMeasure(log: string): LoudnessMeasure {
  const start = log.lastIndexOf("{");
  const end = log.lastIndexOf("}");
  if (start < 0 || end < start) throw new ReelwayError("encode_failed", "ffmpeg did not print the measured loudness");
  return LoudnormReport.parse(JSON.parse(log.slice(start, end + 1)));
}

/**
 * The correction after EBU R128: one constant gain where the true peak allows it, which leaves the sound's dynamics
 * alone; else loudnorm's limiter with the measured values. Silence stays as it is.
 */
export function correctionFilters(target: LoudnessTarget, measure: LoudnessMeasure): string[] {
  if (!Number.isFinite(measure.input_i) || measure.input_i <= -70) return [];
  const gain = target.integratedLufs - measure.input_i;
  if (measure.input_tp + gain <= target.truePeakDbtp) return [`volume=${gain.toFixed(2)}dB`];
  const measured = [
    `measured_I=${measure.input_i}`,
    `measured_TP=${measure.input_tp}`,
    `measured_LRA=${measure.input_lra}`,
    `measured_thresh=${measure.input_thresh}`,
    `offset=${measure.target_offset}`,
  ].join(":");
  return [`loudnorm=${targetOf(target)}:${measured}:linear=false`];
}
