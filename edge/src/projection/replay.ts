import type { ShardName } from "@reelway/shared/ids";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { type Applied, applyEvents, isGap } from "./apply-events.ts";

/** Applies events; where D1 lacks earlier ones, those first. */
export async function applyInOrder(
  env: Env,
  shard: ShardName,
  events: readonly QueueEvent[],
  log: Log,
): Promise<Applied> {
  try {
    return await applyEvents(env, shard, events);
  } catch (error) {
    if (!isGap(error)) throw error;
  }
  await replayUpTo(env, shard, (events[0]?.sequence ?? 1) - 1, log);
  return await applyEvents(env, shard, events, { acrossGap: true });
}

/**
 * Brings D1 up to an event that it had acknowledged once: after an older database was put back it is behind that. The
 * queue keeps such events for `limits.replayMs`; what is older stays unknown.
 */
export async function replayUpTo(env: Env, shard: ShardName, upTo: number, log: Log): Promise<void> {
  for (let told = false; ; told = true) {
    const cursor = await cursorOf(env, shard);
    if (cursor >= upTo) return;
    if (!told) log.warn("the database is behind its queue: events are replayed", { shard, cursor, upTo });
    const { events } = await callQueue(env, shard, async (queue) => await queue.eventsAfter(cursor));
    const missing = events.filter(({ sequence }) => sequence <= upTo);
    const [first] = missing;
    if (first?.sequence !== cursor + 1) log.error("events are gone that the database lacks", { shard, cursor, upTo });
    if (first === undefined) return await skipTo(env, shard, upTo);
    await applyEvents(env, shard, missing, { acrossGap: true });
  }
}

async function cursorOf(env: Env, shard: ShardName): Promise<number> {
  const statement = env.DB.prepare("SELECT lastSequence FROM shard_cursors WHERE shard = ?").bind(shard);
  return (await statement.first<number>("lastSequence")) ?? 0;
}

/** Where nothing is left to replay: the next look finds no gap. */
async function skipTo(env: Env, shard: ShardName, upTo: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO shard_cursors (shard, lastSequence) VALUES (?1, ?2)
     ON CONFLICT (shard) DO UPDATE SET lastSequence = excluded.lastSequence WHERE lastSequence < excluded.lastSequence`,
  )
    .bind(shard, upTo)
    .run();
}
