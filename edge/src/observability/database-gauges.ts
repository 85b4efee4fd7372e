import { sql } from "drizzle-orm";
import { sealPrefixes } from "../auth/sealed.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { databaseOf } from "../store/database.ts";
import { countSealedOtherwise } from "../store/sealed-values.ts";
import { isOpen } from "../webhooks/claim.ts";
import { type GaugeFamily, labelled } from "./exposition.ts";

interface Count {
  readonly count: number;
}
interface Backlog extends Count {
  readonly oldestAt: number | null;
}

/**
 * What waits in D1. Jobs that have ended are not counted here but when they end: the live ones are found by an index that
 * holds no others, so a scrape reads as many rows as there is work, however long the history.
 */
export async function readDatabaseGauges(env: Env, settings: Settings, now: number): Promise<GaugeFamily[]> {
  const db = env.DB;
  const [sealPrefix = ""] = await sealPrefixes(settings);
  const [jobs, outbox, failed, messages, webhooks, sealed] = await Promise.all([
    all<Count & { state: string; kind: string; region: string }>(
      db,
      `SELECT state, kind, region, count(*) AS count FROM jobs WHERE finishedAt IS NULL GROUP BY state, kind, region`,
    ),
    all<Backlog>(db, "SELECT count(*) AS count, min(createdAt) AS oldestAt FROM outbox"),
    all<Count>(db, "SELECT count(*) AS count FROM jobs WHERE state = 'failed' AND discardedAt IS NULL"),
    all<Count & { queue: string }>(db, "SELECT queue, count(*) AS count FROM dead_messages GROUP BY queue"),
    waitingDeliveries(env, now),
    countSealedOtherwise(env, sealPrefix),
  ]);
  const seconds = (at: number | null | undefined) => (at == null ? 0 : Math.max(0, now - at) / 1_000);
  return [
    {
      name: "reelway_jobs",
      help: "Jobs that have not ended, by state, kind and region",
      samples: jobs.map(({ count: value, ...labels }) => ({ labels: labelled(labels), value })),
    },
    gauge("reelway_outbox_rows", "Jobs and cancels that their queue has not confirmed", outbox[0]?.count ?? 0),
    gauge("reelway_outbox_oldest_seconds", "Age of the oldest of them", seconds(outbox[0]?.oldestAt)),
    gauge("reelway_dead_letters", "Failed jobs that nobody has discarded", failed[0]?.count ?? 0),
    {
      name: "reelway_dead_messages",
      help: "Queue messages that could not be handled and are kept",
      samples: messages.map(({ queue, count: value }) => ({ labels: labelled({ queue }), value })),
    },
    gauge("reelway_webhook_deliveries_waiting", "Webhook calls to be made or repeated", webhooks[0]?.count ?? 0),
    gauge(
      "reelway_webhook_overdue_seconds",
      "How long the next of them is overdue, those of paused and unproved receivers left out",
      seconds(webhooks[0]?.oldestAt),
    ),
    gauge(
      "reelway_sealed_with_previous_secret",
      "Stored secrets that are not sealed with the current ENCRYPTION_SECRET",
      sealed,
    ),
  ];
}

/** What waits for a paused endpoint, or for a proof, is not overdue: its receiver is the tenant's own. */
async function waitingDeliveries(env: Env, now: number): Promise<Backlog[]> {
  return databaseOf(env).all<Backlog>(sql`
    SELECT (SELECT count(*) FROM webhook_deliveries WHERE dueAt IS NOT NULL) AS count,
      (SELECT d.dueAt FROM webhook_deliveries AS d WHERE d.dueAt <= ${now} AND ${isOpen("d", now)}
        ORDER BY d.dueAt LIMIT 1) AS oldestAt`);
}

function gauge(name: string, help: string, value: number): GaugeFamily {
  return { name, help, samples: [{ labels: "", value }] };
}

async function all<Row>(db: D1Database, statement: string): Promise<Row[]> {
  return (await db.prepare(statement).all<Row>()).results;
}
