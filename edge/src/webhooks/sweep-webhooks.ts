import { limits } from "@reelway/shared/limits";
import { sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "../store/database.ts";
import { isOpen } from "./claim.ts";
import { takeOn } from "./deliver.ts";
import { disableUnproved } from "./disable-unproved.ts";
import { endHopeless } from "./settle.ts";

/** Deliveries that a sweep makes by itself, at once and until when it begins new ones; the Queue gets all of them too. */
const ownAtOnce = 4;
const ownMs = 5_000;

/**
 * What is overdue goes on: it is given to the Queue again, and a part of it is sent here, so that it works with every
 * message lost. One of each host comes first, so that one host's heap keeps no other waiting.
 */
export async function sweepWebhooks(env: Env, now = Date.now()): Promise<void> {
  await disableUnproved(env, now);
  await endHopeless(env, now, limits.webhooksEndedPerSweep);
  const overdue = await findOverdue(env, now);
  // Side by side: while the Queue is away, the own ones are what gets on.
  const [sent, delivered] = await Promise.allSettled([sendMessages(env, overdue), deliverOwn(env, overdue)]);
  if (delivered.status === "rejected") throw delivered.reason;
  if (sent.status === "rejected") throw sent.reason;
}

async function sendMessages(env: Env, overdue: readonly { id: string }[]): Promise<void> {
  for (let start = 0; start < overdue.length; start += limits.outboxBatch) {
    const messages = overdue.slice(start, start + limits.outboxBatch).map(({ id }) => ({ body: { deliveryId: id } }));
    await env.WEBHOOKS.sendBatch(messages);
  }
}

async function deliverOwn(env: Env, overdue: readonly { id: string }[]): Promise<void> {
  const rest = overdue.values();
  const until = Date.now() + ownMs;
  await Promise.all(
    Array.from({ length: ownAtOnce }, async () => {
      for (const { id } of rest) {
        if (Date.now() >= until) return;
        const work = await takeOn(env, id);
        await work?.();
      }
    }),
  );
}

function findOverdue(env: Env, now: number): Promise<{ id: string }[]> {
  return databaseOf(env).all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT d.id, d.dueAt, row_number() OVER (PARTITION BY d.tenantId, d.host ORDER BY d.dueAt) AS place
      FROM webhook_deliveries AS d WHERE d.dueAt <= ${now} AND ${isOpen("d", now)})
    WHERE place <= ${limits.webhooksPerSweepAndHost} ORDER BY place, dueAt LIMIT ${limits.webhooksPerSweep}`);
}
