import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Kind, KindContext, KindResult } from "./kind.ts";
import { encodeAudio } from "./stream/audio.ts";
import { encodeChunk } from "./stream/encode-chunk.ts";
import { encodeWhole } from "./stream/encode-whole.ts";
import { finishStream } from "./stream/finish.ts";
import { planStream } from "./stream/plan.ts";
import { joinFiles } from "./stream/progressive.ts";
import { measurePart } from "./stream/quality/measure-part.ts";
import { packageSubtitles } from "./stream/subtitles.ts";
import { makeThumbnails } from "./stream/thumbnails.ts";

/** One step of an adaptive stream: its plan, one of the parts that follow from it, or its end. */
export const stream: Kind = async (context) => {
  const { spec, step } = context.task;
  if (spec.kind !== "stream" || step === undefined)
    throw new ReelwayError("runner_error", "the task does not say what is to be done of the stream");
  return runStep(context, spec, step);
};

async function runStep(context: KindContext, spec: StreamSpec, step: StreamStep): Promise<KindResult> {
  switch (step.kind) {
    case "plan":
      return planStream(context, spec);
    case "encode":
      return step.chunk === null ? encodeWhole(context, step) : encodeChunk(context, step.video, step.chunk);
    case "quality":
      return measurePart(context, step);
    case "audio":
      return encodeAudio(context);
    case "thumbnails":
      return makeThumbnails(context);
    case "subtitles":
      return packageSubtitles(context, spec);
    case "progressive":
      return joinFiles(context, spec);
    case "finish":
      return finishStream(context, spec);
  }
}
