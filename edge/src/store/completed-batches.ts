import type { ShardName } from "@reelway/shared/ids";
import { isTerminal, JobState } from "@reelway/shared/jobs/state-machine";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { eventId } from "../events/event-id.ts";
import { noteEvents } from "../events/written.ts";
import type { Database } from "./database.ts";
import { events } from "./schema.ts";
import { selectRow } from "./select-row.ts";

const dialect = new SQLiteSyncDialect();
const live = sql.raw(
  JobState.options
    .filter((state) => !isTerminal(state))
    .map((state) => `'${state}'`)
    .join(", "),
);

/**
 * The events of the batches whose last job has just ended: for the batch of the projection that stores these ends,
 * behind all that ends jobs, before the cursor moves. Since it moves once, each is told once.
 */
export async function completedBatches(
  db: D1Database,
  shard: ShardName,
  ends: readonly QueueEvent[],
): Promise<D1PreparedStatement[]> {
  const last = ends.at(-1);
  if (!last) return [];
  const id = (await eventId(last.at, `${shard}:${last.sequence}:batch`)).slice(0, -16);
  const completed = completedOf(sql`${id} || lower(hex(randomblob(8)))`, last.at, endedBy(shard, ends));
  const columns = sql.raw(Object.keys(getTableColumns(events)).join(", "));
  const { sql: text, params } = dialect.sqlToQuery(
    sql`INSERT INTO events (${columns}) ${completed} ON CONFLICT (id) DO NOTHING`,
  );
  return [db.prepare(text).bind(...params)];
}

/** The id of the event that jobs which were in no queue ended their batch at this time. */
export function completionId(batchId: string, now: number): Promise<string> {
  return eventId(now, `${batchId}:completed:${now}`);
}

/** That event, under the id of `completionId`; `condition` must hold exactly when a job was ended. */
export function completedBatch(
  database: Database,
  { id, batchId, now }: { id: string; batchId: string; now: number },
  condition: SQL,
) {
  noteEvents();
  const completed = completedOf(sql`${id}`, now, sql`SELECT ${batchId} WHERE ${condition}`);
  return database.insert(events).select(completed).onConflictDoNothing();
}

/** The batches of the jobs that ended by these events, or because these ended the fetches of their sources. */
function endedBy(shard: ShardName, ends: readonly QueueEvent[]): SQL {
  const columns = ends.map(({ sequence, jobId, run, at }) => ({ sequence, jobId, run, at }));
  const ended = sql`json_each(${JSON.stringify(columns)}) AS e
    JOIN jobs AS ended ON ended.id = e.value ->> '$.jobId' AND ended.run = e.value ->> '$.run'
      AND ended.finishedAt = e.value ->> '$.at'`;
  const isNews = sql`e.value ->> '$.sequence' >
    coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ${shard}), 0)`;
  return sql`
    SELECT ended.batchId FROM ${ended} WHERE ${isNews} AND ended.batchId IS NOT NULL
    UNION
    SELECT waiting.batchId FROM ${ended}
    JOIN jobs AS waiting ON waiting.assetId = ended.assetId AND waiting.finishedAt = ended.finishedAt
    WHERE ${isNews} AND ended.kind = 'fetch' AND waiting.batchId IS NOT NULL`;
}

/** A row of `events` for each of the touched batches that has no live job any more. */
function completedOf(id: SQL, at: number, touched: SQL): SQL {
  const data = sql`json_object('batchId', batches.id, 'metadata', json(batches.metadata),
    'counts', (SELECT json_group_object(state, jobs) FROM
      (SELECT state, count(*) AS jobs FROM jobs WHERE batchId = batches.id GROUP BY state)),
    'state', (SELECT CASE
      WHEN sum(state = 'succeeded') = count(*) THEN 'succeeded'
      WHEN sum(state = 'succeeded') > 0 THEN 'partially_succeeded'
      WHEN sum(state = 'canceled') = count(*) THEN 'canceled'
      ELSE 'failed' END FROM jobs WHERE batchId = batches.id))`;
  return selectRow(
    events,
    { id, tenantId: sql`batches.tenantId`, type: sql`'batch.completed'`, at: sql`${at}`, data },
    sql`FROM batches WHERE batches.id IN (${touched})
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.batchId = batches.id AND jobs.state IN (${live}))`,
  );
}
