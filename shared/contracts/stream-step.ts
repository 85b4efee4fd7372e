import { z } from "zod";
import { PlannedChunk, PlannedVideo } from "./stream-plan.ts";

/**
 * What one task of a stream does. `plan` is the first; what it finds out becomes the others; `finish` comes when all of
 * them are done.
 */
export const StreamStep = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("plan") }),
    z.object({
      kind: z.literal("encode"),
      video: PlannedVideo,
      segmentSeconds: z.number().positive(),
      chunk: PlannedChunk.nullable().meta({ description: "Null for the whole picture at once" }),
    }),
    z.object({
      kind: z.literal("quality"),
      video: PlannedVideo,
      chunk: PlannedChunk.nullable().meta({ description: "Null for the whole picture at once" }),
    }),
    z.object({ kind: z.literal("audio") }),
    z.object({ kind: z.literal("thumbnails") }),
    z.object({ kind: z.literal("subtitles") }),
    z.object({ kind: z.literal("progressive") }),
    z.object({ kind: z.literal("finish") }),
  ])
  .meta({ id: "StreamStep" });
export type StreamStep = z.infer<typeof StreamStep>;

/** A task's name within its job: its step, and for chunks which one. The same in every run of the job. */
export function partOf(step: StreamStep): string {
  const isOfPicture = step.kind === "encode" || step.kind === "quality";
  return isOfPicture ? `${step.kind}:${step.chunk?.ordinal ?? "whole"}` : step.kind;
}
