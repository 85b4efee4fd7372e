import { z } from "zod";
import { JobId } from "../ids.ts";
import { MediaInfo } from "./media-info.ts";
import { ReusedStream } from "./reused-stream.ts";
import { PlannedAudio, PlannedVideo, StreamTitle } from "./stream-plan.ts";

/** `GET /api/v1/jobs/{id}/plan`: how a stream is made, for people to read. */
export const JobPlan = StreamTitle.omit({ chunks: true, video: true, audio: true })
  .extend({
    jobId: JobId,
    source: MediaInfo,
    video: PlannedVideo.nullable(),
    audio: z.array(PlannedAudio),
    thumbnails: z.boolean(),
    reused: ReusedStream.nullable().meta({
      description: "What is copied from the stream that the spec names, if it does",
    }),
    chunks: z.array(
      z.object({
        ordinal: z.int(),
        startSeconds: z.number(),
        endSeconds: z.number(),
        pictures: z.int(),
        firstSegment: z.int(),
        segments: z.int().meta({ description: "How many" }),
        sourceBytes: z.int().meta({ description: "What its runner reads of the source" }),
      }),
    ),
  })
  .meta({ id: "JobPlan" });
export type JobPlan = z.infer<typeof JobPlan>;
