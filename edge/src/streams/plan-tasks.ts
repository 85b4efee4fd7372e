import { capabilitiesForStep } from "@reelway/shared/contracts/capability";
import type { OutputFile } from "@reelway/shared/contracts/manifest";
import { planFiles, type StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { partOf, type StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type ShardName, taskIdOf } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import { downloadsOf } from "@reelway/shared/streams/downloads";
import { initFile } from "@reelway/shared/streams/rendition-files";
import { planWeight, type StreamTask, type TaskPayload } from "../dispatch/task-of-job.ts";
import { isJoined } from "./joined-parts.ts";

type Input = TaskPayload["inputs"][number];

/** A plan as its task left it in the bucket. */
export interface CommittedPlan {
  readonly plan: StreamPlan;
  readonly sha256: string;
  /** Where its files lie, and which they are. */
  readonly prefix: string;
  readonly outputs: readonly OutputFile[];
}

/** A further task of a stream, with what part of the job's work it is. */
export interface PlannedTask {
  readonly part: string;
  readonly weight: number;
  readonly task: NewTask;
}

/** Shares of the whole work besides the pictures'. */
const weights = { plan: 0, audio: 0.05, thumbnails: 0.02, subtitles: 0.01, progressive: 0.03, finish: 0.02 } as const;
/** To measure pictures takes about this share of what it takes to make them. */
const measuring = 0.2;
/**
 * The sound first, since nothing plays without it; then the film from its start, so that it can be watched meanwhile. What
 * nobody waits for at a player, behind all of that.
 */
const orders = {
  ...{ plan: 0, audio: -2, thumbnails: -1, subtitles: -1, encode: 0, progressive: 0, finish: 0 },
  quality: limits.chunksPerStream,
} as const;

/** What is left to do for a stream whose plan is made: every other part of it, and `finish`, which waits for all of them. */
export function planTasks(
  payload: TaskPayload,
  job: { readonly jobId: string; readonly shard: ShardName; readonly recipe: string },
  committed: CommittedPlan,
  reused: StreamTask["reused"],
): PlannedTask[] {
  const { stream, spec, hardware } = payload;
  if (stream === undefined || spec.kind !== "stream") throw new ReelwayError("internal", "a plan of what is no stream");
  const steps = stepsOf(spec, committed.plan);
  const idOf = (part: string) => taskIdOf(job.jobId, job.shard, part);
  const joining = steps.some(({ kind }) => kind === "progressive") ? idOf("progressive") : idOf("finish");
  const measured = steps.some(({ kind }) => kind === "quality");
  const successorOf = (step: StreamStep): string => {
    if (step.kind === "encode" && measured) return idOf(partOf({ ...step, kind: "quality" }));
    return step.kind === "quality" || isJoined(partOf(step)) ? joining : idOf("finish");
  };
  const shares = sharesOf(steps, reused);
  return steps.map((step, index) => {
    const part = partOf(step);
    const weight = shares[index] ?? 0;
    const takes = step.kind === "encode" && step.chunk !== null && reused !== undefined && { reused };
    const own: StreamTask = { ...stream, step, planSha256: committed.sha256, weight, ...takes };
    const whole: TaskPayload = { ...payload, stream: own, inputs: inputsOf(payload, step, committed) };
    return {
      part,
      weight,
      task: {
        taskId: idOf(part),
        needs: capabilitiesForStep(spec, step, hardware, stream.runnerLabels),
        recipe: job.recipe,
        part,
        order: orders[step.kind] + ordinalOf(step),
        hedgeable: step.kind === "encode" && step.chunk !== null,
        ...(step.kind !== "finish" && { unblocks: successorOf(step) }),
        payload: JSON.stringify(whole),
      },
    };
  });
}

function ordinalOf(step: StreamStep): number {
  return step.kind === "encode" || step.kind === "quality" ? (step.chunk?.ordinal ?? 0) : 0;
}

function stepsOf(spec: StreamSpec, plan: StreamPlan): StreamStep[] {
  const { video, chunks, segmentSeconds, audio, thumbnails } = plan;
  const encode = (chunk: StreamPlan["chunks"][number] | null) =>
    video ? [{ kind: "encode" as const, video, segmentSeconds, chunk }] : [];
  const quality = (chunk: StreamPlan["chunks"][number] | null) =>
    video ? [{ kind: "quality" as const, video, chunk }] : [];
  return [
    ...(audio.length > 0 ? [{ kind: "audio" as const }] : []),
    ...(chunks.length > 0 ? chunks.flatMap(encode) : encode(null)),
    ...(spec.qualityReport === true ? (chunks.length > 0 ? chunks.flatMap(quality) : quality(null)) : []),
    ...(thumbnails ? [{ kind: "thumbnails" as const }] : []),
    ...(spec.subtitles.length > 0 ? [{ kind: "subtitles" as const }] : []),
    ...(downloadsOf(spec, plan).files.length > 0 ? [{ kind: "progressive" as const }] : []),
    { kind: "finish" as const },
  ];
}

/**
 * What is not about pictures has its fixed share; the rest is theirs, by their number. Without any it is the sound's. Where
 * renditions are copied, pictures are less work than that, and all the shares grow until they are the whole again.
 */
function sharesOf(steps: readonly StreamStep[], reused: StreamTask["reused"]): number[] {
  const fixed = (step: StreamStep) => (step.kind === "encode" || step.kind === "quality" ? 0 : weights[step.kind]);
  const whole = 1 - planWeight;
  const left = whole - steps.reduce((sum, step) => sum + fixed(step), 0);
  const pictures = (step: StreamStep) => {
    if (step.kind !== "encode" && step.kind !== "quality") return 0;
    return (step.chunk?.pictures ?? 1) * (step.kind === "quality" ? measuring : 1);
  };
  const total = steps.reduce((sum, step) => sum + pictures(step), 0);
  const isRest = (step: StreamStep) => total === 0 && step.kind === "audio";
  const works = steps.map((step) => {
    const ofPictures = total === 0 ? 0 : (left * pictures(step)) / total;
    return fixed(step) + (isRest(step) ? left : ofPictures * encodedShare(step, reused));
  });
  const work = works.reduce((sum, one) => sum + one, 0);
  return works.map((one) => (one * whole) / work);
}

/** To copy a rendition takes about this share of what it takes to make it. */
const copying = 0.02;

/** How much of a step's work is left where some of its renditions are copied: they count by their pixels. */
function encodedShare(step: StreamStep, reused: StreamTask["reused"]): number {
  if (step.kind !== "encode" || step.chunk === null || reused === undefined) return 1;
  const taken = new Set(reused.renditions.map(({ id }) => id));
  const pixels = (renditions: readonly { width: number; height: number }[]) =>
    renditions.reduce((sum, { width, height }) => sum + width * height, 0);
  const { renditions } = step.video;
  const copied = pixels(renditions.filter(({ id }) => taken.has(id))) / pixels(renditions);
  return 1 - copied * (1 - copying);
}

/** What a step reads: the chunks their range of the source and of its index, the others the plan as well. */
function inputsOf({ inputs, region }: TaskPayload, step: StreamStep, committed: CommittedPlan): Input[] {
  const source = inputs.filter(({ role }) => role === "source");
  const subtitles = inputs.filter(({ role }) => role === "subtitles");
  const written = (role: "plan" | "index" | "encoded", name: string): Input => {
    const file = committed.outputs.find((output) => output.name === name);
    if (!file) throw new ReelwayError("output_refused", `the plan came without ${name}`);
    const { bytes, etag, contentType } = file;
    return { role, region, storageKey: committed.prefix + name, bytes, etag, contentType };
  };
  switch (step.kind) {
    case "plan":
      return [...source];
    case "encode":
      return step.chunk === null ? [...source] : [...source, written("index", planFiles.index)];
    case "quality":
      // The segments are not made yet: where they lie is found out when the task is leased.
      return step.chunk === null
        ? [...source]
        : [
            ...[...source, written("index", planFiles.index)],
            ...step.video.renditions.map(({ id }) => ({ ...written("encoded", initFile(id)), name: initFile(id) })),
          ];
    case "audio":
    case "thumbnails":
      return [...source, written("plan", planFiles.plan)];
    case "subtitles":
      return [...subtitles, written("plan", planFiles.plan)];
    case "progressive":
    case "finish":
      return [written("plan", planFiles.plan)];
  }
}
