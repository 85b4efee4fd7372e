import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { JobEvent } from "@reelway/shared/scheduling/records";

/** Clocks, and the rounding of a grant's seconds. */
const slackMs = 5_000;

/** When no lease that was alive at `endedAt` can still be written under: its last grant is signed within its last token. */
export function lastGrantEndsAt(endedAt: number, leaseMs: number): number {
  return endedAt + leaseMs + limits.grantSlackMs + slackMs;
}

/**
 * Plans to delete what the runs that these events end left in their buckets, but for the outputs that were accepted: once
 * nothing can be written there any more, which is at `grantsEndAt`; the finished parts of a failed stream are kept for a
 * retry. For the projection's batch, behind the updates of the jobs and before that of the cursor. A run whose first lease
 * succeeded has no lost epochs and needs none; what a stream of many tasks left is found by looking.
 */
export function scheduleOutputSweeps(
  db: D1Database,
  shard: ShardName,
  ends: readonly JobEvent[],
  grantsEndAt: number,
): D1PreparedStatement[] {
  if (ends.length === 0) return [];
  const columns = JSON.stringify(
    ends.map(({ sequence, jobId, run, type, at }) => ({ sequence, jobId, run, type, at })),
  );
  return [db.prepare(insertSweeps).bind(columns, shard, grantsEndAt, grantsEndAt + limits.checkpointMs)];
}

/** ?1 the ends, ?2 the shard, ?3 when most fall due, ?4 when those of failed streams do. */
const insertSweeps = `
  INSERT INTO storage_sweeps (prefix, region, keepPrefix, streamJobId, dueAt, passes)
  SELECT jobs.storageRoot || '/', jobs.region, jobs.manifest ->> '$.prefix',
    CASE jobs.kind WHEN 'stream' THEN jobs.id END,
    CASE WHEN jobs.kind = 'stream' AND jobs.state = 'failed' THEN ?4 ELSE ?3 END, 0
  FROM (
    SELECT
      value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId, value ->> '$.run' AS run,
      value ->> '$.type' AS type, value ->> '$.at' AS at
    FROM json_each(?1)
  ) AS e
  JOIN jobs ON jobs.id = e.jobId AND jobs.run = e.run AND 'job.' || jobs.state = e.type AND jobs.finishedAt = e.at
  WHERE e.sequence > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
    AND NOT (jobs.kind <> 'stream' AND jobs.state = 'succeeded' AND jobs.manifest ->> '$.prefix' LIKE '%/1/')
  ON CONFLICT (prefix) DO NOTHING`;
