import { demandOf } from "../jobs/demand.ts";
import { hardwareNeed, ladderNeed } from "./hardware-need.ts";
import type { HardwareUse } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";
import { memoryNeeds } from "./memory-tier.ts";
import type { StreamSpec } from "./stream-spec.ts";
import type { StreamStep } from "./stream-step.ts";

/**
 * What a task needs and what a runner has, as plain strings so that matching is set inclusion, but for how many a device does at once:
 * `kind:transcode`, `encode:h264`, `hardware:h264` (encoding on a device; `hardware:h265.4k.10bit.x3`: so large, so deep, so many
 * at once, all of it on one device), `encoder:libx264` (this very one), `engine` (the media engine), `ffmpeg:5f0c…` (one build of ffmpeg), `decoder:nvidia.hevc`, `device:nvidia-l4` and `driver:nvidia-550.54.15` (for people), `measure:vmaf`,
 * `memory:8` (GiB for one task), `sandbox:bubblewrap`, `label:rack-2`; `proving` alone of a runner that does not know yet.
 */
export type Capability = string;

const labelPrefix = "label:";

/** That a runner carries this label. */
export function labelled(label: string): Capability {
  return labelPrefix + label;
}

/** Whether it says that of some label. */
export function isLabel(capability: Capability): boolean {
  return capability.startsWith(labelPrefix);
}

/**
 * The capabilities that a runner must have to do this job, or the first task of it, as far as they are known before its
 * source is opened. Sorted, without repeats.
 */
export function capabilitiesFor(spec: JobSpec, hardware: HardwareUse, labels: readonly string[]): Capability[] {
  const needs = new Set<Capability>([`kind:${spec.kind}`, ...labels.map(labelled)]);
  if (spec.kind === "transcode") {
    const { video } = spec;
    if (video && video.codec !== "copy")
      needs.add(hardware === "require" ? hardwareNeed(video.codec, video) : `encode:${video.codec}`);
    if (spec.audio && spec.audio.codec !== "copy") needs.add(`encode:${spec.audio.codec}`);
  }
  if (spec.kind === "stream") return capabilitiesForStep(spec, { kind: "plan" }, hardware, labels);
  return [...needs, ...memoryNeeds(demandOf(spec))].sort();
}

/** The same for one task of a stream. Who plans tries the encoder; the chunks then need that very one. */
export function capabilitiesForStep(
  spec: StreamSpec,
  step: StreamStep,
  hardware: HardwareUse,
  labels: readonly string[],
): Capability[] {
  const needs = new Set<Capability>([`kind:${spec.kind}`, "engine", ...labels.map(labelled)]);
  if (step.kind === "plan") {
    needs.add(`${hardware === "require" ? "hardware" : "encode"}:${spec.video.codec}`);
    // Said before the film is planned, where no runner can look for such a target.
    if (spec.video.targetQuality?.metric === "vmaf") needs.add("measure:vmaf");
  }
  if (step.kind === "audio") needs.add(`encode:${spec.audio.codec}`);
  // What is measured needs what its encode needs: so both stand in one line, where encodes go first.
  if (step.kind === "encode" || step.kind === "quality") {
    needs.add(`encoder:${step.video.encoder}`);
    if (step.video.target?.metric === "vmaf") needs.add("measure:vmaf");
    const { build } = step.video;
    const ofDevice = hardware === "require" ? ladderNeed(spec.video.codec, step.video, build) : null;
    if (ofDevice !== null) needs.add(ofDevice);
    else if (build !== null) needs.add(`ffmpeg:${build}`);
  }
  return [...needs, ...memoryNeeds(demandOf(spec, step))].sort();
}
