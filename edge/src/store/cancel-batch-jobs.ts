import { and, eq, inArray, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import { insertAudit } from "./audit-log.ts";
import { completedBatch, completionId } from "./completed-batches.ts";
import { databaseOf } from "./database.ts";
import type { NewEvent } from "./events.ts";
import { inSlices, insertRows, listed } from "./insert-rows.ts";
import type { JobRow } from "./rows.ts";
import { batches, events, jobs, outbox } from "./schema.ts";
import { selectRow } from "./select-row.ts";

const liveStates = ["queued", "planning", "running"] as const;

/** The jobs of a batch that have not ended. */
export function listLiveJobs(env: Env, tenantId: string, batchId: string): Promise<JobRow[]> {
  return databaseOf(env)
    .select()
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.batchId, batchId), inArray(jobs.state, liveStates)));
}

export interface BatchCancel {
  readonly tenantId: string;
  readonly batchId: string;
  readonly live: readonly JobRow[];
  /** `job.canceled` of those that wait for their sources. */
  readonly events: readonly NewEvent[];
  readonly now: number;
  readonly audit: AuditEntry;
}

/** Ends those that wait, and asks the queues to end the others: one transaction. Answers the outbox rows. */
export async function cancelBatchJobs(
  env: Env,
  { tenantId, batchId, live, events: canceled, now, audit }: BatchCancel,
): Promise<number[]> {
  const database = databaseOf(env);
  const ids = live.map(({ id }) => id);
  const ofBatch = sql`jobs.tenantId = ${tenantId} AND jobs.batchId = ${batchId}`;
  const isWaiting = sql`jobs.awaitsSource = 1 AND jobs.state = 'queued'`;
  const isLive = sql`jobs.state IN ('queued', 'planning', 'running')`;
  // A fetch goes on where a job outside the batch waits for it too.
  const isOwnFetch = sql`jobs.tenantId = ${tenantId} AND jobs.kind = 'fetch' AND ${isLive}
    AND jobs.assetId IN (SELECT assetId FROM jobs WHERE batchId = ${batchId})
    AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.assetId = jobs.assetId AND other.id <> jobs.id
      AND other.state IN ('queued', 'planning', 'running') AND (other.batchId IS NULL OR other.batchId <> ${batchId}))`;
  const cancel = {
    jobId: sql`jobs.id`,
    run: sql`jobs.run`,
    action: sql`'cancel'`,
    shard: sql`jobs.shard`,
    createdAt: sql`${now}`,
    sentAt: sql`${now}`,
  };
  const ask = (condition: ReturnType<typeof sql>) =>
    database
      .insert(outbox)
      .select(selectRow(outbox, cancel, sql`FROM jobs WHERE ${condition}`))
      .onConflictDoUpdate({ target: [outbox.jobId, outbox.run, outbox.action], set: { sentAt: now } })
      .returning({ id: outbox.id });
  const stillWaits = sql`EXISTS (SELECT 1 FROM jobs WHERE jobs.id = value ->> '$.jobId' AND ${isWaiting})`;
  const justCanceled = sql`EXISTS (SELECT 1 FROM jobs WHERE ${ofBatch} AND jobs.state = 'canceled'
    AND jobs.finishedAt = ${now})`;
  const id = await completionId(batchId, now);
  noteEvents();

  const [asked, fetches] = await database.batch([
    ask(sql`${ofBatch} AND ${isLive} AND jobs.awaitsSource = 0 AND jobs.id IN ${listed(ids)}`),
    ask(isOwnFetch),
    insertAudit(database, audit, sql`EXISTS (SELECT 1 FROM jobs WHERE ${ofBatch} AND ${isLive})`),
    ...inSlices(canceled).map((rows) => insertRows(database, events, rows, stillWaits).onConflictDoNothing()),
    database
      .update(jobs)
      .set({ state: "canceled", awaitsSource: false, finishedAt: now, updatedAt: now })
      .where(sql`${ofBatch} AND ${isWaiting} AND jobs.id IN ${listed(ids)}`),
    database
      .update(batches)
      .set({ canceledAt: sql`coalesce(${batches.canceledAt}, ${now})` })
      .where(and(eq(batches.tenantId, tenantId), eq(batches.id, batchId), sql`${ids.length} > 0`)),
    completedBatch(database, { id, batchId, now }, justCanceled),
  ]);
  return [...asked, ...fetches].map(({ id }) => id);
}
