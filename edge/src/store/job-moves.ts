import type { ShardName } from "@reelway/shared/ids";
import type { RegionId } from "@reelway/shared/regions";
import { and, asc, eq, getTableColumns, gt, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import { databaseOf } from "./database.ts";
import type { NewEvent } from "./events.ts";
import type { JobRow } from "./rows.ts";
import { jobs, tenants } from "./schema.ts";

/** A job that waits where it could be moved from. */
export interface MovableJob {
  readonly job: JobRow;
  /** The tenant's rule; null for everywhere. */
  readonly allowedRegions: readonly RegionId[] | null;
  /** Where earlier moves brought it, oldest first. */
  readonly movedTo: readonly RegionId[];
}

/** One job on its way: its next run, in another region. */
export interface JobMove {
  readonly job: JobRow;
  readonly to: RegionId;
  readonly shard: ShardName;
  readonly storageRoot: string;
  /** Told to the tenant, in their event log. */
  readonly event: NewEvent;
}

export interface MovableQuery {
  readonly region: RegionId;
  readonly shards: readonly ShardName[];
  /** Only those that have waited since this time; null for all, those with a later start too. */
  readonly waitingSince: number | null;
  readonly afterId: string;
  /** The last that is wanted; absent for all. */
  readonly upToId?: string | undefined;
  readonly limit: number;
}

/**
 * Jobs of these shards that wait in their queue, in the order of their ids. A fetch stays: what it brings belongs into
 * its asset's bucket. So does a job whose cancel is under way, and one whose source is still being fetched.
 */
export async function listMovable(env: Env, query: MovableQuery): Promise<MovableJob[]> {
  const { region, shards, waitingSince, afterId, upToId, limit } = query;
  const movedTo = sql<string>`(SELECT json_group_array(data ->> '$.region') FROM (
    SELECT data FROM events WHERE events.jobId = ${jobs.id} AND events.type = 'job.moved' ORDER BY sequence))`;
  const rows = await databaseOf(env)
    .select({ job: getTableColumns(jobs), allowedRegions: tenants.allowedRegions, movedTo })
    .from(jobs)
    .innerJoin(tenants, eq(tenants.id, jobs.tenantId))
    .where(
      and(
        sql`${jobs.shard} IN (SELECT value FROM json_each(${JSON.stringify(shards)}))`,
        isNull(jobs.finishedAt),
        eq(jobs.region, region),
        movable,
        gt(jobs.id, afterId),
        upToId === undefined ? undefined : lte(jobs.id, upToId),
        waitingSince === null ? undefined : sql`coalesce(${jobs.startAt}, ${jobs.createdAt}) <= ${waitingSince}`,
      ),
    )
    .orderBy(asc(jobs.id))
    .limit(limit);
  return rows.map((row) => ({ ...row, movedTo: JSON.parse(row.movedTo) }));
}

const movable: SQL = sql`${jobs.state} = 'queued' AND ${jobs.awaitsSource} = 0 AND ${jobs.kind} <> 'fetch'
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.jobId = ${jobs.id} AND outbox.run = ${jobs.run} AND outbox.action = 'cancel')`;

/** ?1: the moves as columns. True in the statements after the first exactly for those that it made. */
const moved = `
  json_each(?1) AS move
  JOIN jobs ON jobs.id = move.value ->> '$.id'
    AND jobs.run = (move.value ->> '$.run') + 1
    AND jobs.storageRoot = move.value ->> '$.storageRoot'`;

const moveJobs = `
  UPDATE jobs SET
    region = m.region, shard = m.shard, storageRoot = m.storageRoot, run = jobs.run + 1,
    attempt = 0, startedAt = NULL, playableAt = NULL, updatedAt = ?2
  FROM (
    SELECT
      value ->> '$.id' AS id, value ->> '$.run' AS run, value ->> '$.fromShard' AS fromShard,
      value ->> '$.region' AS region, value ->> '$.shard' AS shard, value ->> '$.storageRoot' AS storageRoot
    FROM json_each(?1)
  ) AS m
  WHERE jobs.id = m.id AND jobs.run = m.run AND jobs.shard = m.fromShard
    AND jobs.state = 'queued' AND jobs.awaitsSource = 0 AND jobs.kind <> 'fetch'
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.jobId = jobs.id AND outbox.run = jobs.run AND outbox.action = 'cancel')
    AND NOT EXISTS (SELECT 1 FROM region_states WHERE region_states.region = m.region AND drainedAt IS NOT NULL)
    AND EXISTS (
      SELECT 1 FROM tenants WHERE tenants.id = jobs.tenantId AND (
        coalesce(allowedRegions, 'null') = 'null'
        OR m.region IN (SELECT value FROM json_each(tenants.allowedRegions))))`;

/** What has not reached the old queue need not go there any more: the cancel is there first, and refuses what comes late. */
const dropOldEnqueues = `
  DELETE FROM outbox WHERE action = 'enqueue' AND (jobId, run) IN (
    SELECT move.value ->> '$.id', move.value ->> '$.run' FROM ${moved})`;

const enqueueNew = `
  INSERT INTO outbox (jobId, run, action, shard, createdAt, sentAt)
  SELECT jobs.id, jobs.run, 'enqueue', jobs.shard, ?2, ?2 FROM ${moved} WHERE true
  ON CONFLICT DO NOTHING RETURNING id, jobId`;

const cancelOld = `
  INSERT INTO outbox (jobId, run, action, shard, createdAt, sentAt)
  SELECT jobs.id, move.value ->> '$.run', 'cancel', move.value ->> '$.fromShard', ?2, ?2 FROM ${moved} WHERE true
  ON CONFLICT DO NOTHING RETURNING id, jobId`;

/** An attempt of the old run may have written, and one that was leased in this very moment still may. */
const sweepOldOutputs = `
  INSERT INTO storage_sweeps (prefix, region, keepPrefix, dueAt, passes)
  SELECT move.value ->> '$.oldRoot' || '/', move.value ->> '$.fromRegion', NULL, ?2, 0 FROM ${moved} WHERE true
  ON CONFLICT (prefix) DO NOTHING`;

const audit = `
  INSERT INTO audit_log (tenantId, at, actorKind, action, resource, detail)
  SELECT jobs.tenantId, ?2, 'system', 'job.move', jobs.id, json_object(
    'from', move.value ->> '$.fromRegion', 'to', jobs.region, 'run', jobs.run, 'reason', move.value ->> '$.reason')
  FROM ${moved}`;

const tellTenants = `
  INSERT INTO events (id, tenantId, type, at, jobId, data)
  SELECT move.value ->> '$.eventId', jobs.tenantId, 'job.moved', ?2, jobs.id, move.value -> '$.eventData'
  FROM ${moved} WHERE true
  ON CONFLICT DO NOTHING`;

/**
 * Moves jobs, each if it still waits as it was read and its tenant allows the region, in one transaction: its next run
 * is the new region's, the old queue is told to drop the old one. Answers the outbox rows, oldest first, and the jobs.
 */
export async function insertMoves(
  env: Env,
  moves: readonly JobMove[],
  { reason, now, outputsEndAt }: { readonly reason: string; readonly now: number; readonly outputsEndAt: number },
): Promise<{ outboxIds: number[]; jobIds: Set<string> }> {
  const rows = JSON.stringify(
    moves.map(({ job, to, shard, storageRoot, event }) => ({
      id: job.id,
      run: job.run,
      fromRegion: job.region,
      fromShard: job.shard,
      oldRoot: job.storageRoot,
      region: to,
      shard,
      storageRoot,
      reason,
      eventId: event.id,
      eventData: event.data,
    })),
  );
  const at = (statement: string, time: number) => env.DB.prepare(statement).bind(rows, time);
  noteEvents();
  const [, , enqueued, canceled] = await env.DB.batch<{ id: number; jobId: string }>([
    at(moveJobs, now),
    env.DB.prepare(dropOldEnqueues).bind(rows),
    at(enqueueNew, now),
    at(cancelOld, now),
    at(sweepOldOutputs, outputsEndAt),
    at(audit, now),
    at(tellTenants, now),
  ]);
  const outboxIds = [...(enqueued?.results ?? []), ...(canceled?.results ?? [])].map(({ id }) => id);
  return { outboxIds, jobIds: new Set(enqueued?.results.map(({ jobId }) => jobId)) };
}
