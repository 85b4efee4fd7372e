import type { AuditAction } from "@reelway/shared/contracts/audit";
import type { RegionId } from "@reelway/shared/regions";
import { and, eq, getTableColumns, isNotNull, isNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import { type AuditEntry, auditOfSystem } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { eventId } from "../events/event-id.ts";
import { dataOfJob, uploadEnded } from "../events/new-event.ts";
import { noteEvents } from "../events/written.ts";
import { insertAudit } from "./audit-log.ts";
import { databaseOf } from "./database.ts";
import { insertEvent, type NewEvent } from "./events.ts";
import { inSlices, insertRows, listed } from "./insert-rows.ts";
import { rootsOfParts } from "./job-parts.ts";
import { jobUsesAsset } from "./jobs-of-asset.ts";
import type { AssetRow, JobRow } from "./rows.ts";
import { scheduleAssetSweep } from "./schedule-asset-sweep.ts";
import { lastGrantEndsAt } from "./schedule-output-sweeps.ts";
import { assetParts, assets, auditLog, events, jobs, storageSweeps, tenants } from "./schema.ts";

/** Marks the asset deleted unless a live job reads it, and has its bytes swept; whether it is deleted now. */
export async function markAssetDeleted(env: Env, asset: AssetRow, audit: AuditEntry, now: number): Promise<boolean> {
  const database = databaseOf(env);
  const unused = sql`NOT ${jobUsesAsset(asset.tenantId, asset.id)}`;
  const deletable = and(isAsset(asset), ne(assets.state, "deleted"), unused);
  const willBe = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${deletable})`;
  const isDeleted = sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${isAsset(asset)} AND ${assets.state} = 'deleted')`;
  const [, , , [after]] = await database.batch([
    scheduleAssetSweep(database, asset, now, willBe),
    insertAudit(database, audit, willBe),
    database.update(assets).set({ state: "deleted", deletedAt: now }).where(deletable),
    database.select({ state: assets.state }).from(assets).where(isAsset(asset)),
    database.delete(assetParts).where(and(eq(assetParts.assetId, asset.id), isDeleted)),
  ]);
  return after?.state === "deleted";
}

/** The last of a deleted asset's bytes was seen to be gone; the first to say so tells it. */
export async function markAssetErased(env: Env, id: string, now: number): Promise<void> {
  const database = databaseOf(env);
  const [asset] = await database.select().from(assets).where(eq(assets.id, id));
  if (!asset) return;
  const unsaid = and(eq(assets.id, id), eq(assets.state, "deleted"), isNull(assets.erasedAt));
  const event = await uploadEnded(asset, "asset.deleted", now);
  await database.batch([
    insertEvent(database, event, sql`EXISTS (SELECT 1 FROM ${assets} WHERE ${unsaid})`),
    database.update(assets).set({ erasedAt: now }).where(unsaid),
    database
      .delete(storageSweeps)
      .where(and(eq(storageSweeps.prefix, asset.storageKey), lte(storageSweeps.dueAt, now))),
  ]);
}

/** Ended jobs of this source whose outputs are still there: the oldest, and how many there are. */
export async function listJobsWithOutputs(env: Env, tenantId: string, assetId: string, limit: number) {
  const database = databaseOf(env);
  const wanted = and(eq(jobs.tenantId, tenantId), eq(jobs.assetId, assetId), hasOutputs);
  const [rows, [all]] = await database.batch([
    database.select().from(jobs).where(wanted).orderBy(jobs.id).limit(limit),
    database.select({ count: sql<number>`count(*)` }).from(jobs).where(wanted),
  ]);
  return { rows, count: all?.count ?? 0 };
}

/** Everything below a prefix in a region's bucket that was made for a job. */
export interface OutputRoot {
  readonly job: JobRow;
  readonly region: RegionId;
  readonly prefix: string;
}

/** Where the outputs of these jobs lie: below the last run's root, and what a stream kept of earlier runs below theirs. */
export async function outputRoots(env: Env, rows: readonly JobRow[]): Promise<OutputRoot[]> {
  const streams = rows.filter(({ kind }) => kind === "stream").map(({ id }) => id);
  const parts = streams.length > 0 ? await rootsOfParts(env, streams) : [];
  return rows.flatMap((job) => {
    const own = { region: job.region, root: job.storageRoot };
    const all = [own, ...parts.filter(({ jobId, root }) => jobId === job.id && root !== own.root)];
    return all.map(({ region, root }) => ({ job, region, prefix: `${root}/` }));
  });
}

/**
 * Marks the outputs of the jobs that these roots are of as deleted and has them swept, with event and audit row for each
 * job; answers the ids of those that this call marked. Without `audit` it is the system that does it.
 */
export async function markOutputsErased(
  env: Env,
  roots: readonly OutputRoot[],
  { leaseMs, audit, now }: { leaseMs: number; audit?: AuditEntry | undefined; now: number },
): Promise<ReadonlySet<string>> {
  const database = databaseOf(env);
  const rows = [...new Map(roots.map(({ job }) => [job.id, job])).values()];
  const unmarked = and(sql`${jobs.id} IN ${listed(rows.map(({ id }) => id))}`, hasOutputs);
  const ofUnmarked = (column: SQL, value: SQL) =>
    sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${and(unmarked, sql`${column} = ${value}`)})`;
  const sweeps = roots.map(({ job, region, prefix }) => ({
    prefix,
    region,
    streamJobId: job.kind === "stream" ? job.id : null,
    dueAt: lastWriteEndsAt(job, leaseMs, now),
    passes: 0,
  }));
  const isSwept = or(
    sql`${jobs.storageRoot} || '/' = value ->> '$.prefix'`,
    sql`${jobs.id} = value ->> '$.streamJobId'`,
  );
  const told = await Promise.all(rows.map((job) => outputsDeleted(job, now)));
  const audits = rows.map((job) => auditOfJob(job, audit));
  const [toMark] = await database.batch([
    database.select({ id: jobs.id }).from(jobs).where(unmarked),
    insertRows(database, storageSweeps, sweeps, sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${and(unmarked, isSwept)})`)
      // One that was to keep the outputs keeps nothing now.
      .onConflictDoUpdate({ target: storageSweeps.prefix, set: { keepPrefix: null } }),
    ...inSlices(told).map((slice) =>
      insertRows(database, events, slice, ofUnmarked(sql`${jobs.id}`, sql`value ->> '$.jobId'`)).onConflictDoNothing(),
    ),
    insertRows(database, auditLog, audits, ofUnmarked(sql`${jobs.id}`, sql`value ->> '$.resource'`)),
    database.update(jobs).set({ outputsErasedAt: now }).where(unmarked),
  ]);
  noteEvents();
  return new Set(toMark.map(({ id }) => id));
}

/** Outputs were seen to be gone; their sweep, if due, is not needed any more. */
export async function forgetOutputSweep(env: Env, { prefix }: OutputRoot, now: number): Promise<void> {
  await databaseOf(env)
    .delete(storageSweeps)
    .where(and(eq(storageSweeps.prefix, prefix), lte(storageSweeps.dueAt, now)));
}

/** Until when leases of this run, lost ones too, may hold grants: what was accepted is written by nobody again. */
export function lastWriteEndsAt({ finishedAt }: JobRow, leaseMs: number, now: number): number {
  return Math.max(now, lastGrantEndsAt(finishedAt ?? now, leaseMs));
}

// SQLite keeps the order of a cross join: tenant by tenant, each by its own index. Left to itself it reads through all
// that was ever made, every minute.

/** Ready assets whose tenant keeps sources for fewer days, and that no live job reads, oldest first. */
export function listExpiredAssets(env: Env, now: number, limit: number): Promise<AssetRow[]> {
  const expired = sql`${assets.completedAt} < ${now} - ${tenants.sourceRetentionDays} * ${DAY_MS}`;
  return databaseOf(env)
    .select(getTableColumns(assets))
    .from(tenants)
    .crossJoin(assets)
    .where(
      and(
        isNotNull(tenants.sourceRetentionDays),
        eq(assets.tenantId, tenants.id),
        sql`${assets.state} = 'ready'`,
        expired,
        sql`NOT ${jobReadsAsset}`,
      ),
    )
    .orderBy(assets.completedAt)
    .limit(limit);
}

/** Jobs with outputs whose tenant keeps those for fewer days, oldest first. */
export function listExpiredOutputs(env: Env, now: number, limit: number): Promise<JobRow[]> {
  const expired = sql`${jobs.finishedAt} < ${now} - ${tenants.outputRetentionDays} * ${DAY_MS}`;
  return databaseOf(env)
    .select(getTableColumns(jobs))
    .from(tenants)
    .crossJoin(jobs)
    .where(and(isNotNull(tenants.outputRetentionDays), eq(jobs.tenantId, tenants.id), hasOutputs, expired))
    .orderBy(jobs.finishedAt)
    .limit(limit);
}

const DAY_MS = 86_400_000;
/** What a fetch brought in is an asset's source, and goes with the asset. Written as the index has it. */
const hasOutputs = sql`${jobs.state} = 'succeeded' AND ${jobs.outputsErasedAt} IS NULL AND ${jobs.kind} <> 'fetch'`;
const jobReadsAsset = jobUsesAsset(sql`${assets.tenantId}`, sql`${assets.id}`);

function isAsset({ tenantId, id }: AssetRow) {
  return and(eq(assets.tenantId, tenantId), eq(assets.id, id));
}

async function outputsDeleted(job: JobRow, at: number): Promise<NewEvent> {
  const { id: jobId, tenantId, run } = job;
  const id = await eventId(at, `${jobId}:${run}:outputs_deleted`);
  return { id, tenantId, type: "job.outputs_deleted", at, jobId, data: dataOfJob(job) };
}

function auditOfJob({ id: resource, tenantId }: JobRow, asked: AuditEntry | undefined): AuditEntry {
  const action: AuditAction = "job.outputs_delete";
  return asked ? { ...asked, action, resource, tenantId } : auditOfSystem({ action, resource, tenantId });
}
