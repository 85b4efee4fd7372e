import type { HardwareUse } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";
import type { StreamSpec } from "./stream-spec.ts";
import type { StreamStep } from "./stream-step.ts";

/**
 * What a task needs and what a runner has, as plain strings so that matching is set inclusion:
 * `kind:transcode`, `encode:h264`, `hardware:h264` (encoding on a device), `encoder:libx264` (this very one), `engine` (the
 * media engine), `ffmpeg:5f0c…` (one build of ffmpeg), `measure:vmaf`, `label:rack-2`.
 */
export type Capability = string;

/** The capabilities that a runner must have to do this job, or the first task of it. Sorted, without repeats. */
export function capabilitiesFor(spec: JobSpec, hardware: HardwareUse, labels: readonly string[]): Capability[] {
  const needs = new Set<Capability>([`kind:${spec.kind}`, ...labels.map((label) => `label:${label}`)]);
  if (spec.kind === "transcode") {
    if (spec.video && spec.video.codec !== "copy") needs.add(encoding(spec.video.codec, hardware));
    if (spec.audio && spec.audio.codec !== "copy") needs.add(`encode:${spec.audio.codec}`);
  }
  if (spec.kind === "stream") return capabilitiesForStep(spec, { kind: "plan" }, hardware, labels);
  return [...needs].sort();
}

/** The same for one task of a stream. Who plans tries the encoder; the chunks then need that very one. */
export function capabilitiesForStep(
  spec: StreamSpec,
  step: StreamStep,
  hardware: HardwareUse,
  labels: readonly string[],
): Capability[] {
  const needs = new Set<Capability>([`kind:${spec.kind}`, "engine", ...labels.map((label) => `label:${label}`)]);
  if (step.kind === "plan") {
    needs.add(encoding(spec.video.codec, hardware));
    // Said before the film is planned, where no runner can look for such a target.
    if (spec.video.targetQuality?.metric === "vmaf") needs.add("measure:vmaf");
  }
  if (step.kind === "audio") needs.add(`encode:${spec.audio.codec}`);
  // What is measured needs what its encode needs: so both stand in one line, where encodes go first.
  if (step.kind === "encode" || step.kind === "quality") {
    needs.add(`encoder:${step.video.encoder}`);
    if (step.video.target?.metric === "vmaf") needs.add("measure:vmaf");
    if (step.video.build !== null) needs.add(`ffmpeg:${step.video.build}`);
  }
  return [...needs].sort();
}

function encoding(codec: string, hardware: HardwareUse): Capability {
  return `${hardware === "require" ? "hardware" : "encode"}:${codec}`;
}
