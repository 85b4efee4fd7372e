import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type ShardName, taskIdOf } from "@reelway/shared/ids";
import type { CancelReply, EnqueueReply } from "@reelway/shared/scheduling/commands";
import type { TenantShare } from "@reelway/shared/scheduling/records";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { count } from "../observability/record.ts";
import { SpanKind, startSpan } from "../observability/spans.ts";
import { settingsOf } from "../settings.ts";
import type { InputAsset, JobRow } from "../store/rows.ts";
import { taskOfJob } from "./task-of-job.ts";

/** A job whose enqueue is in the outbox. */
export interface JobToEnqueue {
  readonly outboxId: number;
  readonly job: JobRow;
  readonly inputs: readonly InputAsset[];
  /** What its tenant may have at once, read with the job or after it; nothing where nobody ever said. */
  readonly share: TenantShare | undefined;
}

/**
 * Has the job's queue take it in, then drops the outbox row: the queue's word is what makes it done. Every answer of
 * the queue is such a word. Throws when the queue or D1 did not answer; repeating it changes nothing.
 */
export async function deliverEnqueue(env: Env, { outboxId, ...entry }: JobToEnqueue, log: Log): Promise<EnqueueReply> {
  const { job } = entry;
  const command = enqueueOf(env, entry);
  return tracedEnqueue(env, [job], async () => {
    const reply = await callQueue(env, job.shard, async (queue) => queue.enqueue(command));
    tellEnqueued(job, reply, log);
    await dropOutboxRows(env.DB, [outboxId]);
    return reply;
  });
}

/** The same for many jobs of one shard, in one call and one write: all or none. */
export async function deliverEnqueues(
  env: Env,
  shard: ShardName,
  entries: readonly JobToEnqueue[],
  log: Log,
): Promise<void> {
  const commands = entries.map((entry) => enqueueOf(env, entry));
  const jobs = entries.map(({ job }) => job);
  await tracedEnqueue(env, jobs, async () => {
    const replies = await callQueue(env, shard, async (queue) => queue.enqueueAll(commands));
    for (const [index, job] of jobs.entries()) tellEnqueued(job, replies[index], log);
    await dropOutboxRows(
      env.DB,
      entries.map(({ outboxId }) => outboxId),
    );
  });
}

/** With a span below the request that made each job, however they travel together. */
async function tracedEnqueue<Answer>(env: Env, jobs: readonly JobRow[], work: () => Promise<Answer>): Promise<Answer> {
  const spans = jobs.map(({ id, shard, traceparent }) =>
    startSpan(env, "enqueue", traceparent, {
      kind: SpanKind.PRODUCER,
      attributes: { "reelway.job_id": id, "reelway.shard": shard, "reelway.jobs_in_batch": jobs.length },
    }),
  );
  try {
    const answer = await work();
    for (const span of spans) span?.end();
    return answer;
  } catch (error) {
    for (const span of spans) span?.end(error);
    throw error;
  }
}

function enqueueOf(env: Env, { job, inputs, share }: Omit<JobToEnqueue, "outboxId">) {
  if (inputs.length === 0 && job.kind !== "fetch") throw new ReelwayError("internal", `job ${job.id} has no input`);
  const { id: jobId, tenantId, run, priority, startAt } = job;
  const tasks = [taskOfJob(settingsOf(env), job, inputs)];
  return { jobId, tenantId, run, priority, startAt, tasks, ...(share && { share }) };
}

function tellEnqueued(job: JobRow, reply: EnqueueReply | undefined, log: Log): void {
  const { id: jobId, tenantId, run, shard, kind, region, traceparent } = job;
  if (reply === "enqueued") count("reelway_jobs_enqueued_total", { kind, region });
  const traceId = traceIdOf(traceparent);
  log.info("enqueued", { jobId, tenantId, taskId: taskIdOf(jobId, shard), run, reply, ...(traceId && { traceId }) });
}

/**
 * Has a run's queue cancel it. The outbox row stays until the caller has also seen the outcome in D1 (`dropOutboxRows`):
 * while it is there the job is moved nowhere, so that a cancel can't be left behind with the old run.
 */
export async function deliverCancel(
  env: Env,
  job: Pick<JobRow, "id" | "tenantId" | "run" | "shard">,
  log: Log,
): Promise<CancelReply["outcome"]> {
  const { id: jobId, tenantId, run, shard } = job;
  const outcome = await callQueue(env, shard, async (queue) => queue.cancel({ jobId, tenantId, run }));
  log.info("canceled", { jobId, tenantId, taskId: taskIdOf(jobId, shard), run, outcome });
  return outcome;
}

/** These rows have had their effect. */
export async function dropOutboxRows(db: D1Database, outboxIds: readonly number[]): Promise<void> {
  const rows = JSON.stringify(outboxIds);
  await db.prepare("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))").bind(rows).run();
}
