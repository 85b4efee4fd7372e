import { z } from "zod";
import { BatchId } from "../ids.ts";
import { JobState } from "../jobs/state-machine.ts";
import { limits } from "../limits.ts";
import { checkOneSource, checkRecipe, JobMetadata, JobOrder, JobSource, Tag } from "./job.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** One source of a batch: its job has `tags` and `metadata` of its own instead of those of the order. */
const BatchSource = JobSource.extend({
  tags: z.array(Tag).max(limits.tags).optional(),
  metadata: JobMetadata.optional(),
}).superRefine(checkOneSource);

/** `POST /api/v1/batches`: many sources, one job each. It is accepted as a whole or not at all. */
export const BatchRequest = z
  .strictObject({
    name: plainText(100).default(""),
    metadata: JobMetadata.default({}).meta({ description: "Of the batch itself" }),
    sources: z.array(BatchSource).min(1).max(limits.batchSources),
    job: JobOrder.superRefine(checkRecipe).meta({ description: "What is made of each source" }),
  })
  .meta({ id: "BatchRequest" });
export type BatchRequest = z.input<typeof BatchRequest>;

/** `running` while any job is; then how they all ended. */
export const BatchState = z.enum(["running", "succeeded", "partially_succeeded", "failed", "canceled"]);
export type BatchState = z.infer<typeof BatchState>;

export const Batch = z
  .object({
    id: BatchId,
    name: z.string(),
    metadata: z.record(z.string(), z.string()),
    state: BatchState,
    counts: z.partialRecord(JobState, z.int()).meta({ description: "Jobs by state; states without any are absent" }),
    progress: z.object({
      total: z.int(),
      ended: z.int(),
      percent: z.number().min(0).max(100).meta({ description: "Of the jobs, those that have ended" }),
    }),
    createdAt: Timestamp,
    canceledAt: Timestamp.nullable(),
  })
  .meta({ id: "Batch" });
export type Batch = z.infer<typeof Batch>;
