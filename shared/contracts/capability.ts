import type { HardwareUse } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";

/**
 * What a task needs and what a runner has, as plain strings so that matching is set inclusion:
 * `kind:transcode`, `encode:h264`, `hardware:h264` (encoding on a device), `label:rack-2`.
 */
export type Capability = string;

/** The capabilities that a runner must have to do this job. Sorted, without repeats. */
export function capabilitiesFor(spec: JobSpec, hardware: HardwareUse, labels: readonly string[]): Capability[] {
  const needs = new Set<Capability>([`kind:${spec.kind}`, ...labels.map((label) => `label:${label}`)]);
  if (spec.kind === "transcode") {
    if (spec.video && spec.video.codec !== "copy")
      needs.add(`${hardware === "require" ? "hardware" : "encode"}:${spec.video.codec}`);
    if (spec.audio && spec.audio.codec !== "copy") needs.add(`encode:${spec.audio.codec}`);
  }
  return [...needs].sort();
}
