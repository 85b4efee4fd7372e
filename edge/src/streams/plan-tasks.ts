import { capabilitiesForStep } from "@reelway/shared/contracts/capability";
import type { OutputFile } from "@reelway/shared/contracts/manifest";
import { planFiles, type StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { partOf, type StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type ShardName, taskIdOf } from "@reelway/shared/ids";
import type { NewTask } from "@reelway/shared/scheduling/commands";
import { planWeight, type StreamTask, type TaskPayload } from "../dispatch/task-of-job.ts";

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
const weights = { plan: 0, audio: 0.05, thumbnails: 0.02, subtitles: 0.01, finish: 0.02 } as const;
/** The sound first, since nothing plays without it; then the film from its start, so that it can be watched meanwhile. */
const orders = { plan: 0, audio: -2, thumbnails: -1, subtitles: -1, encode: 0, finish: 0 } as const;

/** What is left to do for a stream whose plan is made: every other part of it, and `finish`, which waits for all of them. */
export function planTasks(
  payload: TaskPayload,
  job: { readonly jobId: string; readonly shard: ShardName; readonly recipe: string },
  committed: CommittedPlan,
): PlannedTask[] {
  const { stream, spec, hardware } = payload;
  if (stream === undefined || spec.kind !== "stream") throw new ReelwayError("internal", "a plan of what is no stream");
  const steps = stepsOf(spec, committed.plan);
  const finish = taskIdOf(job.jobId, job.shard, "finish");
  const shares = sharesOf(steps);
  return steps.map((step, index) => {
    const part = partOf(step);
    const weight = shares[index] ?? 0;
    const own: StreamTask = { ...stream, step, planSha256: committed.sha256, weight };
    const whole: TaskPayload = { ...payload, stream: own, inputs: inputsOf(payload, step, committed) };
    return {
      part,
      weight,
      task: {
        taskId: taskIdOf(job.jobId, job.shard, part),
        needs: capabilitiesForStep(spec, step, hardware, stream.runnerLabels),
        recipe: job.recipe,
        part,
        order: orders[step.kind] + (step.kind === "encode" ? (step.chunk?.ordinal ?? 0) : 0),
        ...(step.kind !== "finish" && { unblocks: finish }),
        payload: JSON.stringify(whole),
      },
    };
  });
}

function stepsOf(spec: StreamSpec, { video, chunks, segmentSeconds, audio, thumbnails }: StreamPlan): StreamStep[] {
  const encode = (chunk: StreamPlan["chunks"][number] | null) =>
    video ? [{ kind: "encode" as const, video, segmentSeconds, chunk }] : [];
  return [
    ...(audio.length > 0 ? [{ kind: "audio" as const }] : []),
    ...(chunks.length > 0 ? chunks.flatMap(encode) : encode(null)),
    ...(thumbnails ? [{ kind: "thumbnails" as const }] : []),
    ...(spec.subtitles.length > 0 ? [{ kind: "subtitles" as const }] : []),
    { kind: "finish" as const },
  ];
}

/** What is no encode has its fixed share; the rest is the pictures', by their number. Without any it is the sound's. */
function sharesOf(steps: readonly StreamStep[]): number[] {
  const fixed = (step: StreamStep) => (step.kind === "encode" ? 0 : weights[step.kind]);
  const left = 1 - planWeight - steps.reduce((sum, step) => sum + fixed(step), 0);
  const pictures = (step: StreamStep) => (step.kind === "encode" ? (step.chunk?.pictures ?? 1) : 0);
  const total = steps.reduce((sum, step) => sum + pictures(step), 0);
  const isRest = (step: StreamStep) => total === 0 && step.kind === "audio";
  return steps.map((step) => fixed(step) + (isRest(step) ? left : total === 0 ? 0 : (left * pictures(step)) / total));
}

/** What a step reads: the chunks their range of the source and of its index, the others the plan as well. */
function inputsOf({ inputs, region }: TaskPayload, step: StreamStep, committed: CommittedPlan): Input[] {
  const source = inputs.filter(({ role }) => role === "source");
  const subtitles = inputs.filter(({ role }) => role === "subtitles");
  const written = (role: "plan" | "index", name: string): Input => {
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
    case "audio":
    case "thumbnails":
      return [...source, written("plan", planFiles.plan)];
    case "subtitles":
      return [...subtitles, written("plan", planFiles.plan)];
    case "finish":
      return [written("plan", planFiles.plan)];
  }
}
