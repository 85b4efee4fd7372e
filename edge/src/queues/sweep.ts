import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { RegionId, regionIds } from "@reelway/shared/regions";
import { shardsOf } from "@reelway/shared/shards";
import { expireUploads } from "../assets/expire-uploads.ts";
import { type Env, jobsQueueOf } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { projectShard } from "../projection/project.ts";
import { settingsOf } from "../settings.ts";
import { sweepStorage } from "../storage-sweep/sweep-storage.ts";
import { deliverOutbox } from "./deliver-outbox.ts";

/** Rows that one sweep hands to a region's Queue at most. */
const sentPerSweep = 5_000;

/**
 * Every minute: what was lost on the way goes on. Each duty stands alone, so that one that fails stops no other.
 * Nothing here relies on a Queue message arriving.
 */
export async function handleScheduled(env: Env): Promise<void> {
  const log = createLog({ sweep: true });
  const duties: [name: string, work: () => Promise<unknown>][] = [
    ["outbox", () => sweepOutbox(env, Date.now(), log)],
    ["uploads", () => expireUploads(env)],
    ["storage", () => sweepStorage(env)],
    ...regionIds
      .flatMap((region) => shardsOf(region, settingsOf(env).queueShards))
      .map((shard): [string, () => Promise<unknown>] => [shard, () => watch(env, shard)]),
  ];
  await Promise.all(
    duties.map(async ([name, work]) => {
      try {
        await work();
      } catch (error) {
        log.error("sweep failed", { duty: name, error });
      }
    }),
  );
}

/** A shard whose alarm was lost, or whose events nobody fetched. */
async function watch(env: Env, shard: ShardName): Promise<void> {
  await callQueue(env, shard, async (queue) => queue.tick());
  await projectShard(env, shard);
}

/**
 * Outbox rows whose effect is overdue: the oldest are delivered here, so that it works with every message lost; the
 * rest is spread over the regions' Queues.
 */
export async function sweepOutbox(env: Env, now: number, log: Log): Promise<void> {
  const { results } = await env.DB.prepare(
    `UPDATE outbox SET sentAt = ?1 WHERE id IN (SELECT id FROM outbox WHERE sentAt <= ?2 ORDER BY sentAt, id LIMIT ?3)
      RETURNING id, (SELECT region FROM jobs WHERE jobs.id = outbox.jobId) AS region`,
  )
    .bind(now, now - limits.outboxGraceMs, sentPerSweep)
    .all<{ id: number; region: string }>();
  if (results.length === 0) return;
  log.warn("outbox rows overdue", { rows: results.length });

  const rows = results.sort((a, b) => a.id - b.id);
  const rest = rows.slice(limits.outboxPerSweep);
  await sendRest(env, rest);
  const own = rows.slice(0, limits.outboxPerSweep).map(({ id }) => id);
  await deliverOutbox(env, own, log);
}

async function sendRest(env: Env, rows: readonly { id: number; region: string }[]): Promise<void> {
  for (const [region, ofRegion] of Map.groupBy(rows, (row) => RegionId.parse(row.region))) {
    for (let start = 0; start < ofRegion.length; start += limits.outboxBatch) {
      const messages = ofRegion.slice(start, start + limits.outboxBatch).map(({ id }) => ({ body: { outboxId: id } }));
      await jobsQueueOf(env, region).sendBatch(messages);
    }
  }
}
