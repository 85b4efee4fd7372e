import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { projectShard } from "../projection/project.ts";
import type { OutboxRow } from "../store/rows.ts";
import { deliverCancel, deliverEnqueue, dropOutboxRows } from "./deliver.ts";
import { type OutboxEntry, readOutboxEntries } from "./outbox-entries.ts";

/** Jobs delivered at the same time. */
const deliveriesAtOnce = 8;

/**
 * Gives outbox rows their effect, each by itself: one that fails holds up no other. Answers the ids that failed.
 * A cancel goes after its own enqueue, which may be among them.
 */
export async function deliverOutbox(env: Env, outboxIds: readonly number[], log: Log): Promise<Set<number>> {
  const entries = await readOutboxEntries(env, outboxIds);
  const failed = new Set<number>();
  const canceled: OutboxRow[] = [];
  const byJob = [...Map.groupBy(entries, ({ job }) => job.id).values()];
  for (let start = 0; start < byJob.length; start += deliveriesAtOnce) {
    await Promise.all(
      byJob.slice(start, start + deliveriesAtOnce).map(async (ofJob) => {
        for (const entry of ofJob.sort((a, b) => a.row.id - b.row.id)) {
          try {
            await deliver(env, entry, log);
            if (entry.row.action === "cancel") canceled.push(entry.row);
          } catch (error) {
            failed.add(entry.row.id);
            log.warn("delivery failed", { jobId: entry.job.id, action: entry.row.action, error });
          }
        }
      }),
    );
  }
  for (const id of await endCancels(env, canceled, log)) failed.add(id);
  return failed;
}

async function deliver(env: Env, { row, job, inputs, share }: OutboxEntry, log: Log): Promise<void> {
  // The row is about one run. Of an earlier one nothing is left to start, and its cancel must not hit the next.
  const ofRow = { ...job, run: row.run, shard: row.shard };
  if (row.action === "enqueue") await deliverEnqueue(env, { outboxId: row.id, job: ofRow, inputs, share }, log);
  else await deliverCancel(env, ofRow, log);
}

/** The rows of cancels go when D1 shows what became of them; those that stay are answered. */
async function endCancels(env: Env, rows: readonly OutboxRow[], log: Log): Promise<number[]> {
  const left: number[] = [];
  for (const [shard, ofShard] of Map.groupBy(rows, (row) => row.shard)) {
    const ids = ofShard.map(({ id }) => id);
    try {
      await projectShard(env, shard);
      await dropOutboxRows(env.DB, ids);
    } catch (error) {
      log.warn("projection failed", { shard, error });
      left.push(...ids);
    }
  }
  return left;
}
