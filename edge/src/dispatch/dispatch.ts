import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { type Env, jobsQueueOf } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { regionOfShard } from "../objects/region-queue-stub.ts";
import { projectShard } from "../projection/project.ts";
import type { JobRow } from "../store/rows.ts";
import { deliverCancel, deliverEnqueues, dropOutboxRows, type JobToEnqueue } from "./deliver.ts";
import { within } from "./within.ts";

/** A carrier that has not come back after this long died with its request: another may start. */
const abandonedAfterMs = 5_000;
/** A request's background work may last 30 s: what is left then goes by the region's Queue. */
const longestMs = 20_000;

/** What one request of this isolate carries to a shard, for all others too: one region that is slow holds up no other. */
interface Carrier {
  /** Plain data: whichever request they came with, they may be taken along. */
  readonly waiting: JobToEnqueue[];
  lastRoundAt: number;
}
const carriers = new Map<ShardName, Carrier>();

/**
 * The fast way of a new job: straight to its queue, together with those that came while the last ones were on their
 * way. When that fails or takes too long, its outbox row goes by the region's Queue; and if that is lost too, the sweep
 * finds the row. Never throws. It comes back when the job has arrived, or at once where another request carries it.
 */
export async function dispatchJob(env: Env, entry: JobToEnqueue): Promise<void> {
  const { shard } = entry.job;
  const running = carriers.get(shard);
  if (running && Date.now() - running.lastRoundAt < abandonedAfterMs) {
    running.waiting.push(entry);
    return;
  }
  const carrier: Carrier = { waiting: [...(running?.waiting ?? []), entry], lastRoundAt: Date.now() };
  running?.waiting.splice(0);
  carriers.set(shard, carrier);
  await carry(env, shard, carrier);
}

async function carry(env: Env, shard: ShardName, carrier: Carrier): Promise<void> {
  const log = createLog({ shard });
  const startedAt = Date.now();
  while (carrier.waiting.length > 0) {
    carrier.lastRoundAt = Date.now();
    const entries = carrier.waiting.splice(0, limits.outboxBatch);
    try {
      if (carrier.lastRoundAt - startedAt >= longestMs) throw new Error("the carrier's time is over");
      await within(limits.dispatchMs, deliverEnqueues(env, shard, entries, log));
    } catch (error) {
      log.warn("dispatch left to the queue", { error, jobIds: entries.map(({ job }) => job.id) });
      const outboxIds = entries.map(({ outboxId }) => outboxId);
      await sendToQueue(env, shard, outboxIds, log);
    }
  }
  // In the same turn as the last look: nobody can join in between.
  if (carriers.get(shard) === carrier) carriers.delete(shard);
}

/**
 * Cancels a run: in its queue, then in D1, so that the next read shows it. Throws `unavailable` when the queue did not
 * answer; the outbox row then carries the cancel on.
 */
export async function cancelJob(env: Env, outboxId: number, job: JobRow): Promise<"canceled" | "ended"> {
  const log = createLog({ jobId: job.id });
  try {
    const outcome = await deliverCancel(env, job, log);
    try {
      await projectShard(env, job.shard);
      await dropOutboxRows(env.DB, [outboxId]);
    } catch (error) {
      log.warn("cancel left to the sweep", { error });
    }
    return outcome;
  } catch (error) {
    await sendToQueue(env, job.shard, [outboxId], log);
    throw error;
  }
}

async function sendToQueue(env: Env, shard: ShardName, outboxIds: readonly number[], log: Log): Promise<void> {
  try {
    await jobsQueueOf(env, regionOfShard(shard)).sendBatch(outboxIds.map((outboxId) => ({ body: { outboxId } })));
  } catch (error) {
    log.warn("left to the sweep", { error });
  }
}
