import type { ReusedStream } from "@reelway/shared/contracts/reused-stream";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { StreamTask, TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import { withBucket } from "../storage/bucket.ts";
import { findPlanPart } from "../store/job-parts.ts";
import { findJob } from "../store/jobs.ts";
import { readPlan } from "./read-plan.ts";
import { sameRenditions } from "./same-renditions.ts";

/** What a planned stream takes of another one: as people are told it, and as the tasks of its chunks carry it. */
export interface FoundReuse {
  readonly shown: ReusedStream;
  readonly carried: StreamTask["reused"];
}

/**
 * Looks into the stream that the spec names, if it names one. What is gone since the job was accepted is no error: then all
 * sizes are encoded.
 */
export async function reusedStream(
  env: Env,
  { spec, tenantId }: Pick<TaskPayload, "spec" | "tenantId">,
  plan: StreamPlan,
): Promise<FoundReuse | null> {
  if (spec.kind !== "stream" || spec.reuse === undefined) return null;
  const { jobId, except } = spec.reuse;
  const found = await findPlan(env, tenantId, jobId);
  if (found === null) return { shown: { jobId, renditions: [], reason: gone }, carried: undefined };
  const same = sameRenditions(plan, found.plan, except);
  const { renditions } = same;
  const carried = renditions.length > 0 ? { jobId, planSha256: found.sha256, renditions } : undefined;
  return { shown: { jobId, ...same }, carried };
}

const gone = "The files of that stream are not there any more.";

async function findPlan(env: Env, tenantId: string, jobId: string) {
  const job = await findJob(env, tenantId, jobId);
  const part = job?.outputsErasedAt === null ? await findPlanPart(env, jobId) : undefined;
  if (part === undefined) return null;
  const { region, stored } = part;
  try {
    return await withBucket(env, region, (bucket) => readPlan(bucket, stored.prefix, stored.outputs));
  } catch (error) {
    // Deleted in this moment, or no plan as they are today: no fault of the task that planned this one.
    if (error instanceof ReelwayError && error.code !== "storage_unavailable") return null;
    throw error;
  }
}
