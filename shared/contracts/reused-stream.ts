import { z } from "zod";
import { JobId } from "../ids.ts";
import { limits } from "../limits.ts";
import { RenditionId } from "./stream-plan.ts";

/** A rendition, and what the stream that it is copied from calls it: ids count a ladder's places, and ladders may differ. */
export const ReusedRendition = z.strictObject({ id: RenditionId, of: RenditionId });
export type ReusedRendition = z.infer<typeof ReusedRendition>;

/** What a stream takes of the one that its spec names under `reuse`. */
export const ReusedStream = z
  .strictObject({
    jobId: JobId,
    renditions: z
      .array(ReusedRendition)
      .max(limits.rungs)
      .meta({ description: "By their ids here, and `of` that stream. All others are encoded" }),
    reason: z.string().max(limits.reasonLength).nullable().meta({ description: "Why none is taken, where none is" }),
  })
  .meta({ id: "ReusedStream" });
export type ReusedStream = z.infer<typeof ReusedStream>;
