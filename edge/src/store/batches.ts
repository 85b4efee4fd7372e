import { JobState } from "@reelway/shared/jobs/state-machine";
import { and, count, desc, eq, lt, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { listed } from "./insert-rows.ts";
import type { BatchRow, JobRow } from "./rows.ts";
import { batches, jobs } from "./schema.ts";

export type JobCounts = Readonly<Partial<Record<JobState, number>>>;

/** A batch with its jobs by state. */
export interface CountedBatch {
  readonly batch: BatchRow;
  readonly counts: JobCounts;
}

/** The batch, in one round trip. */
export async function findBatch(env: Env, tenantId: string, id: string): Promise<CountedBatch | undefined> {
  const database = databaseOf(env);
  const [[batch], counted] = await database.batch([
    database
      .select()
      .from(batches)
      .where(and(eq(batches.tenantId, tenantId), eq(batches.id, id))),
    database
      .select({ batchId: jobs.batchId, state: jobs.state, jobs: count() })
      .from(jobs)
      .where(and(eq(jobs.batchId, id), eq(jobs.tenantId, tenantId)))
      .groupBy(jobs.batchId, jobs.state),
  ]);
  return batch && { batch, counts: countsOf(batch, counted) };
}

/** Newest first, after the batch with this id. */
export async function listBatches(
  env: Env,
  tenantId: string,
  afterId: string | undefined,
  limit: number,
): Promise<CountedBatch[]> {
  const database = databaseOf(env);
  const rows = await database
    .select()
    .from(batches)
    .where(and(eq(batches.tenantId, tenantId), afterId === undefined ? undefined : lt(batches.id, afterId)))
    .orderBy(desc(batches.id))
    .limit(limit);
  const counted = await database
    .select({ batchId: jobs.batchId, state: jobs.state, jobs: count() })
    .from(jobs)
    // The `+` has them found by their batches, and not by reading all that the tenant has.
    .where(and(sql`${jobs.batchId} IN ${listed(rows.map(({ id }) => id))}`, sql`+${jobs.tenantId} = ${tenantId}`))
    .groupBy(jobs.batchId, jobs.state);
  return rows.map((batch) => ({ batch, counts: countsOf(batch, counted) }));
}

export function listFailedJobs(env: Env, tenantId: string, batchId: string): Promise<JobRow[]> {
  return databaseOf(env)
    .select()
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.batchId, batchId), eq(jobs.state, "failed")));
}

function countsOf(
  { id }: BatchRow,
  counted: readonly { batchId: string | null; state: JobState; jobs: number }[],
): CountedBatch["counts"] {
  return Object.fromEntries(
    JobState.options.flatMap((state) => {
      const found = counted.find((row) => row.batchId === id && row.state === state);
      return found ? [[state, found.jobs]] : [];
    }),
  );
}
