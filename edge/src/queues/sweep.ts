import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import { shardsOf } from "@reelway/shared/shards";
import { expireUploads } from "../assets/expire-uploads.ts";
import { sealAuditLog } from "../audit/seal-audit-log.ts";
import { sealAnew } from "../auth/seal-anew.ts";
import { deliverOutbox } from "../dispatch/deliver-outbox.ts";
import { type Env, jobsQueueOf } from "../env.ts";
import { forgetOldEvents } from "../events/forget-old-events.ts";
import { createLog, type Log } from "../http/log.ts";
import { callQueue, regionOfShard } from "../objects/region-queue-stub.ts";
import { count } from "../observability/record.ts";
import { projectShard } from "../projection/project.ts";
import { replayUpTo } from "../projection/replay.ts";
import { watchRegions } from "../regions/failover.ts";
import { allShards } from "../regions/live-shards.ts";
import { expireRetained } from "../retention/expire.ts";
import { tendSessions } from "../sessions/tend-sessions.ts";
import { settingsOf } from "../settings.ts";
import { eraseUnknown } from "../storage-check/erase-unknown.ts";
import { sweepStorage } from "../storage-sweep/sweep-storage.ts";
import { tellShares } from "../tenants/tell-shares.ts";
import { sweepWebhooks } from "../webhooks/sweep-webhooks.ts";

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
    ["unknown storage", () => eraseUnknown(env)],
    ["retention", () => expireRetained(env)],
    ["sessions", () => tendSessions(env, Date.now())],
    ["audit", () => sealAuditLog(env, Date.now())],
    ["secrets", () => sealAnew(env, settingsOf(env), log)],
    ["webhooks", () => sweepWebhooks(env)],
    ["old events", () => forgetOldEvents(env)],
    ["regions", () => watchRegions(env)],
    ["shares", () => tellShares(env)],
    ...(await shardsToWatch(env, log)).map((shard): [string, () => Promise<unknown>] => [
      shard,
      () => watch(env, shard, log),
    ]),
  ];
  await Promise.all(
    duties.map(async ([name, work]) => {
      try {
        await work();
      } catch (error) {
        count("reelway_sweep_failures_total", { duty: name });
        log.error("sweep failed", { duty: name, error });
      }
    }),
  );
}

/** All that are used or were; when D1 is away, those that are set at least: their leases must run out all the same. */
async function shardsToWatch(env: Env, log: Log): Promise<ShardName[]> {
  const settings = settingsOf(env);
  try {
    return await allShards(env, settings);
  } catch (error) {
    log.warn("former shards not known", { error });
    return regionIds.flatMap((region) => shardsOf(region, settings.queueShards));
  }
}

/** A shard whose alarm was lost, or whose events nobody fetched, or that knows more than a D1 that was put back. */
async function watch(env: Env, shard: ShardName, log: Log): Promise<void> {
  await replayUpTo(env, shard, await callQueue(env, shard, async (queue) => await queue.tick()), log);
  await projectShard(env, shard);
}

/**
 * Outbox rows whose effect is overdue: the oldest are delivered here, so that it works with every message lost; the
 * rest is spread over the regions' Queues.
 */
export async function sweepOutbox(env: Env, now: number, log: Log): Promise<void> {
  const { results } = await env.DB.prepare(
    `UPDATE outbox SET sentAt = ?1 WHERE id IN (SELECT id FROM outbox WHERE sentAt <= ?2 ORDER BY sentAt, id LIMIT ?3)
      RETURNING id, shard`,
  )
    .bind(now, now - limits.outboxGraceMs, sentPerSweep)
    .all<{ id: number; shard: ShardName }>();
  if (results.length === 0) return;
  log.warn("outbox rows overdue", { rows: results.length });

  const rows = results.sort((a, b) => a.id - b.id);
  const own = rows.slice(0, limits.outboxPerSweep).map(({ id }) => id);
  const rest = Map.groupBy(rows.slice(limits.outboxPerSweep), ({ shard }) => regionOfShard(shard));
  // Side by side: while a region's Queue is away, these are what gets on.
  const work = [deliverOutbox(env, own, log), ...[...rest].map(([region, ids]) => sendRest(env, region, ids))];
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function sendRest(env: Env, region: RegionId, rows: readonly { id: number }[]): Promise<void> {
  for (let start = 0; start < rows.length; start += limits.outboxBatch) {
    const messages = rows.slice(start, start + limits.outboxBatch).map(({ id }) => ({ body: { outboxId: id } }));
    await jobsQueueOf(env, region).sendBatch(messages);
  }
}
