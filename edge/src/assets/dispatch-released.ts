import { limits } from "@reelway/shared/limits";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import { deliverEnqueues } from "../dispatch/deliver.ts";
import { readOutboxEntries } from "../dispatch/outbox-entries.ts";
import { within } from "../dispatch/within.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { bringsSource } from "./fetched-assets.ts";

/** Jobs that one projection sends on by itself; the sweep does the rest. */
const atOnce = 500;

/**
 * The fast way of the jobs that these events have given their source. Their outbox rows are the sure one. Never throws,
 * and waits for no shard longer than `dispatchMs`: whoever projects has more to do.
 */
export async function dispatchReleased(env: Env, events: readonly QueueEvent[], log: Log): Promise<void> {
  const fetches = events.filter(({ type, result }) => type === "job.succeeded" && bringsSource(result));
  if (fetches.length === 0) return;
  try {
    const { results } = await env.DB.prepare(released)
      .bind(JSON.stringify(fetches.map(({ jobId }) => jobId)), atOnce)
      .all<{ id: number }>();
    const entries = await readOutboxEntries(
      env,
      results.map(({ id }) => id),
    );
    const jobs = entries.map(({ row, ...entry }) => ({ outboxId: row.id, ...entry }));
    const byShard = [...Map.groupBy(jobs, ({ job }) => job.shard)];
    await Promise.all(
      byShard.map(([shard, ofShard]) =>
        within(limits.dispatchMs, deliverEnqueues(env, shard, ofShard, log)).catch((error) =>
          log.warn("released jobs left to the sweep", { target: shard, error }),
        ),
      ),
    );
  } catch (error) {
    log.warn("released jobs left to the sweep", { error });
  }
}

const released = `
  SELECT outbox.id FROM jobs AS fetch
  JOIN jobs AS released ON released.assetId = fetch.assetId AND released.kind <> 'fetch'
  JOIN outbox ON outbox.jobId = released.id AND outbox.run = released.run AND outbox.action = 'enqueue'
  WHERE fetch.id IN (SELECT value FROM json_each(?1)) AND fetch.kind = 'fetch' LIMIT ?2`;
