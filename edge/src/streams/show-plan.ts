import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Env } from "../env.ts";
import { withBucket } from "../storage/bucket.ts";
import { findPlanPart } from "../store/job-parts.ts";
import { findJob } from "../store/jobs.ts";
import { presentPlan } from "./present-plan.ts";
import { readPlan } from "./read-plan.ts";

/** How a stream is made. Throws `not_found`, `not_a_stream`, `output_expired`, `stream_not_ready` before it is planned. */
export async function showPlan(env: Env, tenantId: string, id: string): Promise<JobPlan> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  if (job.kind !== "stream") throw new ReelwayError("not_a_stream");
  if (job.outputsErasedAt !== null) throw new ReelwayError("output_expired");
  const part = await findPlanPart(env, id);
  if (!part) throw new ReelwayError("stream_not_ready", "It has not been planned yet");
  const { region, stored } = part;
  const { plan } = await withBucket(env, region, (bucket) => readPlan(bucket, stored.prefix, stored.outputs));
  return presentPlan(id, plan, stored.reused ?? null);
}
