import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type ShardName, taskIdOf } from "@reelway/shared/ids";
import type { CancelReply, EnqueueReply } from "@reelway/shared/scheduling/commands";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { settingsOf } from "../settings.ts";
import type { InputAsset, JobRow } from "../store/rows.ts";
import { taskOfJob } from "./task-of-job.ts";

/** A job whose enqueue is in the outbox. */
export interface JobToEnqueue {
  readonly outboxId: number;
  readonly job: JobRow;
  readonly inputs: readonly InputAsset[];
}

/**
 * Has the job's queue take it in, then drops the outbox row: the queue's word is what makes it done. Every answer of
 * the queue is such a word. Throws when the queue or D1 did not answer; repeating it changes nothing.
 */
export async function deliverEnqueue(
  env: Env,
  { outboxId, job, inputs }: JobToEnqueue,
  log: Log,
): Promise<EnqueueReply> {
  const command = enqueueOf(env, job, inputs);
  const reply = await callQueue(env, job.shard, async (queue) => queue.enqueue(command));
  await dropOutboxRows(env.DB, [outboxId]);
  logEnqueued(job, reply, log);
  return reply;
}

/** The same for many jobs of one shard, in one call and one write: all or none. */
export async function deliverEnqueues(
  env: Env,
  shard: ShardName,
  entries: readonly JobToEnqueue[],
  log: Log,
): Promise<void> {
  const commands = entries.map(({ job, inputs }) => enqueueOf(env, job, inputs));
  const replies = await callQueue(env, shard, async (queue) => queue.enqueueAll(commands));
  await dropOutboxRows(
    env.DB,
    entries.map(({ outboxId }) => outboxId),
  );
  for (const [index, { job }] of entries.entries()) logEnqueued(job, replies[index], log);
}

function enqueueOf(env: Env, job: JobRow, inputs: readonly InputAsset[]) {
  if (inputs.length === 0) throw new ReelwayError("internal", `job ${job.id} has no input`);
  const { id: jobId, tenantId, run, priority, startAt } = job;
  return { jobId, tenantId, run, priority, startAt, tasks: [taskOfJob(settingsOf(env), job, inputs)] };
}

function logEnqueued({ id: jobId, tenantId, run, shard }: JobRow, reply: EnqueueReply | undefined, log: Log): void {
  log.info("enqueued", { jobId, tenantId, taskId: taskIdOf(jobId, shard), run, reply });
}

/** The same for a cancel. */
export async function deliverCancel(
  env: Env,
  outboxId: number,
  job: Pick<JobRow, "id" | "tenantId" | "run" | "shard">,
  log: Log,
): Promise<CancelReply["outcome"]> {
  const { id: jobId, tenantId, run, shard } = job;
  const outcome = await callQueue(env, shard, async (queue) => queue.cancel({ jobId, tenantId, run }));
  await dropOutboxRows(env.DB, [outboxId]);
  log.info("canceled", { jobId, tenantId, taskId: taskIdOf(jobId, shard), run, outcome });
  return outcome;
}

async function dropOutboxRows(db: D1Database, outboxIds: readonly number[]): Promise<void> {
  const rows = JSON.stringify(outboxIds);
  await db.prepare("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))").bind(rows).run();
}
