import { limits } from "@reelway/shared/limits";
import { sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { takeNoted } from "../events/written.ts";
import { createLog } from "../http/log.ts";
import { databaseOf } from "../store/database.ts";
import { mayBeSent } from "./claim.ts";

/** Between two looks for new deliveries in one isolate. */
const pauseMs = 500;
/** Background work may last 30 s: whoever writes events later looks again. */
const longestMs = 15_000;
/** A flight that has not come back after this long died with its request. */
const abandonedAfterMs = 10_000;
/** Deliveries older than this are the sweep's. */
const newWithinMs = 10_000;

let lastLookAt: number | undefined;

/**
 * Sends Queue messages for deliveries that this isolate's events have just brought about: at once, and at most twice a
 * second however many there are. Never throws: what is missed here is found by the sweep.
 */
export async function hurryWebhooks(env: Env): Promise<void> {
  if (lastLookAt !== undefined && Date.now() - lastLookAt < abandonedAfterMs) return;
  const startedAt = Date.now();
  try {
    while (takeNoted()) {
      lastLookAt = Date.now();
      await sendNew(env, lastLookAt);
      if (Date.now() - startedAt >= longestMs) return;
      await scheduler.wait(pauseMs);
    }
    // Events are noted before their batch is stored: the last ones may have come too late for the look before.
    if (lastLookAt !== undefined) await sendNew(env, Date.now());
  } catch (error) {
    createLog().warn("webhooks not hurried", { error });
  } finally {
    lastLookAt = undefined;
  }
}

async function sendNew(env: Env, now: number): Promise<void> {
  const found = await findNew(env, now);
  if (found.length > 0) await env.WEBHOOKS.sendBatch(found.map(({ id }) => ({ body: { deliveryId: id } })));
}

/**
 * Of each host as many as may be sent to it at once: who sends them goes on with the others. One of each host comes
 * first, so that one host's heap keeps no other waiting.
 */
function findNew(env: Env, now: number): Promise<{ id: string }[]> {
  return databaseOf(env).all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT d.id, d.dueAt, row_number() OVER (PARTITION BY d.tenantId, d.host ORDER BY d.dueAt) AS place
      FROM webhook_deliveries AS d
      WHERE d.dueAt >= ${now - newWithinMs} AND d.attempts = 0 AND ${mayBeSent("d", now)})
    WHERE place <= ${limits.webhooksPerHostAtOnce} ORDER BY place, dueAt LIMIT ${limits.outboxBatch}`);
}
