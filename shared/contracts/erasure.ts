import { z } from "zod";
import { AssetId, JobId } from "../ids.ts";
import { Timestamp } from "./time.ts";

/** What a deletion did. Where somebody may still hold a right to write, the bytes are looked for again until then. */
const erasure = {
  objects: z.int().meta({ description: "Objects that this call deleted" }),
  bytes: z.int().meta({ description: "Their size together" }),
  erasedAt: Timestamp.nullable().meta({ description: "When nothing was left, and nothing could come back" }),
  pendingUntil: Timestamp.nullable().meta({
    description: "Nothing is left now; until then an earlier grant could write once more, and is swept after",
  }),
};

/** `DELETE /api/v1/jobs/{id}/outputs` */
export const JobErasure = z.object({ jobId: JobId, ...erasure }).meta({ id: "JobErasure" });
export type JobErasure = z.infer<typeof JobErasure>;

/** `DELETE /api/v1/assets/{id}` */
export const AssetErasure = z
  .object({
    assetId: AssetId,
    ...erasure,
    outputs: z
      .object({
        jobs: z.int().meta({ description: "Jobs whose outputs this call deleted" }),
        remainingJobs: z.int().meta({ description: "Jobs that a repeat of the call goes on with" }),
        ...erasure,
      })
      .nullable()
      .meta({ description: "With outputs=true" }),
  })
  .meta({ id: "AssetErasure" });
export type AssetErasure = z.infer<typeof AssetErasure>;
