import type { InputRole } from "@reelway/shared/contracts/grant";
import type { LeasedTask } from "@reelway/shared/contracts/lease";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";

const everything: readonly InputRole[] = ["source", "watermark", "subtitles", "plan", "index", "encoded"];

const byStep: Readonly<Record<StreamStep["kind"], readonly InputRole[]>> = {
  plan: [],
  encode: [],
  quality: ["encoded"],
  audio: ["plan"],
  thumbnails: ["plan"],
  subtitles: ["plan", "subtitles"],
  progressive: ["plan"],
  finish: ["plan"],
};

/** The inputs that a task has on disk before it begins. Of the others it reads what it needs, where they lie. */
export function downloadedRoles({ step }: Pick<LeasedTask, "step">): readonly InputRole[] {
  if (step === undefined) return everything;
  // The whole picture at once reads all of the source.
  const isOfPicture = step.kind === "encode" || step.kind === "quality";
  return isOfPicture && step.chunk === null ? [...byStep[step.kind], "source"] : byStep[step.kind];
}
