import { and, eq, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { jobCanceled } from "../events/new-event.ts";
import { insertAudit } from "./audit-log.ts";
import { completedBatch, completionId } from "./completed-batches.ts";
import { databaseOf } from "./database.ts";
import { insertEvent } from "./events.ts";
import type { JobRow } from "./rows.ts";
import { jobs } from "./schema.ts";

/**
 * Cancels this run of a job whose source is still being fetched: no queue knows of it yet. Nothing, where it has gone on
 * meanwhile; what it is now, the next read tells.
 */
export async function cancelWaiting(env: Env, job: JobRow, now: number, audit?: AuditEntry): Promise<void> {
  const database = databaseOf(env);
  const waits = and(
    eq(jobs.tenantId, job.tenantId),
    eq(jobs.id, job.id),
    eq(jobs.run, job.run),
    eq(jobs.state, "queued"),
    eq(jobs.awaitsSource, true),
  );
  const isWaiting = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${waits})`;
  const justCanceled = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${and(eq(jobs.id, job.id), eq(jobs.state, "canceled"), eq(jobs.finishedAt, now))})`;
  const batchId = job.batchId ?? "";
  const id = await completionId(batchId, now);
  await database.batch([
    insertEvent(database, await jobCanceled(job, now), isWaiting),
    ...(audit ? [insertAudit(database, audit, isWaiting)] : []),
    database.update(jobs).set({ state: "canceled", awaitsSource: false, finishedAt: now, updatedAt: now }).where(waits),
    completedBatch(database, { id, batchId, now }, justCanceled),
  ]);
}
