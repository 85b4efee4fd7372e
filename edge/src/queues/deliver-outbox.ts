import { deliverCancel, deliverEnqueue } from "../dispatch/deliver.ts";
import { type OutboxEntry, readOutboxEntries } from "../dispatch/outbox-entries.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { projectShard } from "../projection/project.ts";

/** Jobs delivered at the same time. */
const deliveriesAtOnce = 8;

/**
 * Gives outbox rows their effect, each by itself: one that fails holds up no other. Answers the ids that failed.
 * A cancel goes after its own enqueue, which may be among them.
 */
export async function deliverOutbox(env: Env, outboxIds: readonly number[], log: Log): Promise<Set<number>> {
  const entries = await readOutboxEntries(env, outboxIds);
  const failed = new Set<number>();
  const shards = new Set(entries.filter(({ row }) => row.action === "cancel").map(({ row }) => row.shard));
  const byJob = [...Map.groupBy(entries, ({ job }) => job.id).values()];
  for (let start = 0; start < byJob.length; start += deliveriesAtOnce) {
    await Promise.all(
      byJob.slice(start, start + deliveriesAtOnce).map(async (ofJob) => {
        for (const entry of ofJob.sort((a, b) => a.row.id - b.row.id)) {
          try {
            await deliver(env, entry, log);
          } catch (error) {
            failed.add(entry.row.id);
            log.warn("delivery failed", { jobId: entry.job.id, action: entry.row.action, error });
          }
        }
      }),
    );
  }
  for (const shard of shards) await projectShard(env, shard).catch((error) => log.warn("projection failed", { error }));
  return failed;
}

async function deliver(env: Env, { row, job, inputs }: OutboxEntry, log: Log): Promise<void> {
  // The row is about one run. Of an earlier one nothing is left to start, and its cancel must not hit the next.
  if (row.action === "enqueue")
    await deliverEnqueue(env, { outboxId: row.id, job: { ...job, run: row.run, shard: row.shard }, inputs }, log);
  else await deliverCancel(env, row.id, { ...job, run: row.run, shard: row.shard }, log);
}
