import { StoredPart } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type ShardName, shardOfTask } from "@reelway/shared/ids";
import { TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import { taskOfLease } from "../leases/task-of-lease.ts";
import type { LeaseClaims } from "../leases/token.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { findParts } from "../store/job-parts.ts";

/** The leased task of a stream, as its queue has it. */
export interface StreamLease {
  readonly payload: TaskPayload;
  readonly stream: NonNullable<TaskPayload["stream"]>;
  readonly recipe: string;
  readonly shard: ShardName;
}

/** Throws `lease_lost` where the lease is no longer the current one. */
export async function streamLeaseOf(env: Env, claims: LeaseClaims): Promise<StreamLease> {
  const { taskId } = claims;
  const task = await taskOfLease(env, claims);
  if (!task) throw new ReelwayError("lease_lost");
  const payload = TaskPayload.parse(JSON.parse(task.payload));
  if (!payload.stream) throw new ReelwayError("internal", `task ${taskId} is of no stream`);
  return { payload, stream: payload.stream, recipe: task.recipe, shard: shardOfTask(taskId) };
}

/**
 * What is finished of the plan that a task works by: of this run as the queue has it, which is never behind, and of
 * earlier runs as D1 kept it.
 */
export async function finishedParts(
  env: Env,
  { jobId, run }: Pick<LeaseClaims, "jobId" | "run">,
  { payload, stream, shard }: Pick<StreamLease, "payload" | "stream" | "shard">,
): Promise<Map<string, StoredPart>> {
  const { planSha256 } = stream;
  if (planSha256 === null) return new Map();
  const [kept, current] = await Promise.all([
    findParts(env, { jobId, planSha256, region: payload.region }),
    callQueue(env, shard, async (queue) => await queue.partsOf(jobId, run, { withResults: true })),
  ]);
  const parts = new Map(kept.map(({ part, stored }) => [part, stored]));
  for (const { part, result } of current ?? [])
    if (result !== null) parts.set(part, StoredPart.parse(JSON.parse(result)));
  return parts;
}
