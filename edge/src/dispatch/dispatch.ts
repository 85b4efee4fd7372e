import { shardOf } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { type Env, jobsQueueOf } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { projectShard } from "../projection/project.ts";
import type { JobRow } from "../store/rows.ts";
import { deliverCancel, deliverEnqueue, type JobToEnqueue } from "./deliver.ts";

/**
 * The fast way of a new job: straight to its queue. When that fails or takes too long, its outbox row goes by the
 * region's Queue; and if that is lost too, the sweep finds the row. Never throws.
 */
export async function dispatchJob(env: Env, entry: JobToEnqueue): Promise<void> {
  const log = createLog({ jobId: entry.job.id });
  try {
    await within(limits.dispatchMs, deliverEnqueue(env, entry, log));
  } catch (error) {
    log.warn("dispatch left to the queue", { error });
    await sendToQueue(env, entry.job.region, entry.outboxId, log);
  }
}

/**
 * Cancels a run: in its queue, then in D1, so that the next read shows it. Throws `unavailable` when the queue did not
 * answer; the outbox row then carries the cancel on.
 */
export async function cancelJob(env: Env, outboxId: number, job: JobRow): Promise<"canceled" | "ended"> {
  const log = createLog({ jobId: job.id });
  try {
    const outcome = await deliverCancel(env, outboxId, job, log);
    await projectShard(env, shardOf(job.id)).catch((error) => log.warn("projection failed", { error }));
    return outcome;
  } catch (error) {
    await sendToQueue(env, job.region, outboxId, log);
    throw error;
  }
}

async function sendToQueue(env: Env, region: RegionId, outboxId: number, log: Log): Promise<void> {
  try {
    await jobsQueueOf(env, region).send({ outboxId });
  } catch (error) {
    log.warn("left to the sweep", { error });
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
