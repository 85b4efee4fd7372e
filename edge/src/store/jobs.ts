import type { JobKind } from "@reelway/shared/contracts/job-spec";
import { isTerminal, JobState } from "@reelway/shared/jobs/state-machine";
import { and, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { listed } from "./insert-rows.ts";
import { insertWhere } from "./insert-where.ts";
import type { AssetRow, JobRow } from "./rows.ts";
import { assets, jobs, outbox } from "./schema.ts";

const liveStates = JobState.options.filter((state) => !isTerminal(state));

export async function findJob(env: Env, tenantId: string, id: string): Promise<JobRow | undefined> {
  const [row] = await databaseOf(env).select().from(jobs).where(ofTenant(tenantId, id)).limit(1);
  return row;
}

/** The job, whose channel is told its events from now on: whatever is not in this row yet will be announced there. */
export async function findJobToWatch(env: Env, tenantId: string, id: string, now: number): Promise<JobRow | undefined> {
  const [row] = await databaseOf(env).update(jobs).set({ channelSince: now }).where(ofTenant(tenantId, id)).returning();
  return row;
}

/** The job with its source: one round trip. */
export async function findJobWithSource(env: Env, tenantId: string, id: string) {
  const [row] = await databaseOf(env)
    .select({ job: jobs, source: assets })
    .from(jobs)
    .innerJoin(assets, and(eq(assets.id, jobs.assetId), eq(assets.tenantId, jobs.tenantId)))
    .where(ofTenant(tenantId, id))
    .limit(1);
  return row;
}

export function findAssets(env: Env, tenantId: string, ids: readonly string[]): Promise<AssetRow[]> {
  return databaseOf(env)
    .select()
    .from(assets)
    .where(and(eq(assets.tenantId, tenantId), sql`${assets.id} IN ${listed(ids)}`));
}

export interface JobFilters {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly preset?: string | undefined;
  readonly tag?: string | undefined;
  readonly assetId?: string | undefined;
  /** Part of what the source is called. */
  readonly sourceName?: string | undefined;
  readonly batchId?: string | undefined;
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
}

/** Newest first, after the job with this id. */
export function listJobs(
  env: Env,
  tenantId: string,
  filters: JobFilters,
  afterId: string | undefined,
  limit: number,
): Promise<JobRow[]> {
  const { state, kind, preset, tag, assetId, sourceName, batchId, createdAfter, createdBefore } = filters;
  const conditions = [
    eq(jobs.tenantId, tenantId),
    state === undefined ? undefined : eq(jobs.state, state),
    kind === undefined ? undefined : eq(jobs.kind, kind),
    preset === undefined ? undefined : sql`${jobs.preset} GLOB ${`${preset}@*`}`,
    tag === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${jobs.tags}) WHERE value = ${tag})`,
    assetId === undefined ? undefined : eq(jobs.assetId, assetId),
    sourceName === undefined ? undefined : sourceIsCalled(sourceName),
    batchId === undefined ? undefined : eq(jobs.batchId, batchId),
    createdAfter === undefined ? undefined : gt(jobs.createdAt, createdAfter),
    createdBefore === undefined ? undefined : lt(jobs.createdAt, createdBefore),
    afterId === undefined ? undefined : lt(jobs.id, afterId),
  ];
  return databaseOf(env)
    .select()
    .from(jobs)
    .where(and(...conditions))
    .orderBy(desc(jobs.id))
    .limit(limit);
}

/** Job by job, newest first, until the page is full. Not by LIKE: D1 takes patterns of 50 bytes at most. */
function sourceIsCalled(text: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${assets.id} = ${jobs.assetId}
    AND instr(lower(${assets.name}), lower(${text})) > 0)`;
}

/**
 * Asks the job's queue to cancel this run, unless the run has ended or waits for its source: the id of the outbox row, the
 * same for a repeat.
 */
export async function requestCancel(
  env: Env,
  job: JobRow,
  now: number,
  audit?: AuditEntry,
): Promise<number | undefined> {
  const database = databaseOf(env);
  const inThisRun = and(
    ofTenant(job.tenantId, job.id),
    eq(jobs.run, job.run),
    inArray(jobs.state, liveStates),
    eq(jobs.awaitsSource, false),
  );
  const isLive = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${inThisRun})`;
  const isFirst = sql`NOT EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.jobId} = ${job.id} AND ${outbox.run} = ${job.run}
    AND ${outbox.action} = 'cancel')`;
  const row = { jobId: job.id, run: job.run, action: "cancel" as const, shard: job.shard, createdAt: now, sentAt: now };
  const ask = insertWhere(database, outbox, row, isLive)
    .onConflictDoUpdate({ target: [outbox.jobId, outbox.run, outbox.action], set: { sentAt: now } })
    .returning({ id: outbox.id });
  if (!audit) return (await ask)[0]?.id;
  const [, [asked]] = await database.batch([insertAudit(database, audit, sql`${isLive} AND ${isFirst}`), ask]);
  return asked?.id;
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(jobs.tenantId, tenantId), eq(jobs.id, id));
}
