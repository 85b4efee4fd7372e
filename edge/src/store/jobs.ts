import type { JobKind } from "@reelway/shared/contracts/job-spec";
import { isTerminal, JobState, movesInto } from "@reelway/shared/jobs/state-machine";
import { and, desc, eq, gt, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { type Database, databaseOf } from "./database.ts";
import { claimKey, holdsKey, type IdempotencyRow, keyHolder } from "./idempotency.ts";
import { insertWhere } from "./insert-where.ts";
import type { AssetRow, JobRow } from "./rows.ts";
import { assets, idempotencyKeys, jobs, outbox } from "./schema.ts";

type KeyOf = Pick<IdempotencyRow, "tenantId" | "route" | "key">;

/** Who holds an idempotency key, and the job that it made. */
export interface KeyedJob {
  readonly holder: IdempotencyRow | undefined;
  readonly job: JobRow | undefined;
}

/**
 * Stores a job with its outbox row, in one transaction: not unless its assets are ready in its region, and not when
 * another request holds the idempotency key. Answers the outbox row's id where the job was stored, what there is of the
 * assets, and who holds the key.
 */
export async function insertJob(
  env: Env,
  job: JobRow,
  assetIds: readonly string[],
  claim: IdempotencyRow | undefined,
): Promise<KeyedJob & { outboxId: number | undefined; assets: AssetRow[] }> {
  const database = databaseOf(env);
  const ready = allReady(job, assetIds);
  const isStored = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${ofTenant(job.tenantId, job.id)})`;
  const enqueue = insertEnqueue(database, job, isStored);
  const inputs = selectAssets(database, job.tenantId, assetIds);
  if (!claim) {
    const [, [row], found] = await database.batch([insertWhere(database, jobs, job, ready), enqueue, inputs]);
    return { outboxId: row?.id, assets: found, holder: undefined, job: undefined };
  }
  const [, , [row], found, [holder], [winner]] = await database.batch([
    claimKey(database, claim, ready),
    insertWhere(database, jobs, job, holdsKey(claim)),
    enqueue,
    inputs,
    keyHolder(database, claim),
    jobOfKey(database, claim),
  ]);
  return { outboxId: row?.id, assets: found, holder, job: winner };
}

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
  return selectAssets(databaseOf(env), tenantId, ids);
}

export interface JobFilters {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly tag?: string | undefined;
  readonly assetId?: string | undefined;
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
  const { state, kind, tag, assetId, createdAfter, createdBefore } = filters;
  const conditions = [
    eq(jobs.tenantId, tenantId),
    state === undefined ? undefined : eq(jobs.state, state),
    kind === undefined ? undefined : eq(jobs.kind, kind),
    tag === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${jobs.tags}) WHERE value = ${tag})`,
    assetId === undefined ? undefined : eq(jobs.assetId, assetId),
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

/** Asks the job's queue to cancel this run, unless the run has ended: the id of the outbox row, the same for a repeat. */
export async function requestCancel(env: Env, job: JobRow, now: number): Promise<number | undefined> {
  const live = JobState.options.filter((state) => !isTerminal(state));
  const inThisRun = and(ofTenant(job.tenantId, job.id), eq(jobs.run, job.run), inArray(jobs.state, live));
  const [row] = await insertWhere(
    databaseOf(env),
    outbox,
    { jobId: job.id, run: job.run, action: "cancel", shard: job.shard, createdAt: now, sentAt: now },
    sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${inThisRun})`,
  )
    .onConflictDoUpdate({ target: [outbox.jobId, outbox.run, outbox.action], set: { sentAt: now } })
    .returning({ id: outbox.id });
  return row?.id;
}

/** Begins the next run of an ended job, with a storage root of its own and its outbox row, in one transaction; undefined when the job may not. */
export async function startNextRun(
  env: Env,
  job: JobRow,
  assetIds: readonly string[],
  storageRoot: string,
  now: number,
): Promise<{ job: JobRow; outboxId: number } | undefined> {
  const database = databaseOf(env);
  const run = job.run + 1;
  const mayRun = and(
    ofTenant(job.tenantId, job.id),
    eq(jobs.run, job.run),
    inArray(jobs.state, movesInto("queued").filter(isTerminal)),
    allReady(job, assetIds),
  );
  const isOurs = and(
    ofTenant(job.tenantId, job.id),
    eq(jobs.run, run),
    eq(jobs.state, "queued"),
    eq(jobs.updatedAt, now),
  );
  const [[next], [row]] = await database.batch([
    database
      .update(jobs)
      .set({
        run,
        storageRoot,
        state: "queued",
        attempt: 0,
        error: null,
        manifest: null,
        startedAt: null,
        finishedAt: null,
        updatedAt: now,
      })
      .where(mayRun)
      .returning(),
    insertEnqueue(database, { ...job, run, createdAt: now }, sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${isOurs})`),
  ]);
  return next && row && { job: next, outboxId: row.id };
}

function insertEnqueue(database: Database, job: Pick<JobRow, "id" | "run" | "shard" | "createdAt">, condition: SQL) {
  const { id, run, shard, createdAt } = job;
  const row = { jobId: id, run, action: "enqueue" as const, shard, createdAt, sentAt: createdAt };
  return insertWhere(database, outbox, row, condition).onConflictDoNothing().returning({ id: outbox.id });
}

/** True when every one of these assets is the tenant's, in the job's region, and ready. */
function allReady({ tenantId, region }: Pick<JobRow, "tenantId" | "region">, assetIds: readonly string[]): SQL {
  const ids = [...new Set(assetIds)];
  const ready = and(
    eq(assets.tenantId, tenantId),
    inArray(assets.id, ids),
    eq(assets.region, region),
    eq(assets.state, "ready"),
  );
  return sql`(SELECT count(*) FROM ${assets} WHERE ${ready}) = ${ids.length}`;
}

function selectAssets(database: Database, tenantId: string, ids: readonly string[]) {
  return database
    .select()
    .from(assets)
    .where(and(eq(assets.tenantId, tenantId), inArray(assets.id, [...new Set(ids)])));
}

/** The job that an idempotency key made. */
function jobOfKey(database: Database, { tenantId, route, key }: KeyOf) {
  const ofKey = database
    .select({ id: idempotencyKeys.resourceId })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.tenantId, tenantId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key)));
  return database
    .select()
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, sql`(${ofKey})`)));
}

function ofTenant(tenantId: string, id: string) {
  return and(eq(jobs.tenantId, tenantId), eq(jobs.id, id));
}
