import { limits } from "@reelway/shared/limits";

/** Clocks, and the rounding of a grant's seconds. */
const slackMs = 5_000;

/** When no lease that was alive at `endedAt` can still be written under: its last grant is signed within its last token. */
export function lastGrantEndsAt(endedAt: number, leaseMs: number): number {
  return endedAt + leaseMs + limits.grantSlackMs + slackMs;
}

/**
 * Plans to delete what the runs that these events end left in their buckets, but for the outputs that were accepted.
 * ?1 the events as columns, ?2 the shard, ?3 `lastGrantEndsAt`, ?4 until when the finished parts of a failed stream are
 * kept for a retry. For the projection's batch, behind the updates of the jobs and before that of the cursor. A run whose
 * first lease succeeded has no lost epochs and needs none; what a stream of many tasks left is found by looking.
 */
export const scheduleOutputSweeps = `
  INSERT INTO storage_sweeps (prefix, region, keepPrefix, streamJobId, dueAt, passes)
  SELECT jobs.storageRoot || '/', jobs.region, e.manifest ->> '$.prefix',
    CASE jobs.kind WHEN 'stream' THEN jobs.id END,
    CASE WHEN jobs.kind = 'stream' AND e.state = 'failed' THEN ?4 ELSE ?3 END, 0
  FROM (
    SELECT
      value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId, value ->> '$.run' AS run,
      value ->> '$.state' AS state, value ->> '$.manifest' AS manifest, value ->> '$.finishedAt' AS finishedAt
    FROM json_each(?1)
  ) AS e
  JOIN jobs ON jobs.id = e.jobId AND jobs.run = e.run AND jobs.state = e.state AND jobs.finishedAt = e.finishedAt
  WHERE e.sequence > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
    AND NOT (jobs.kind <> 'stream' AND e.state = 'succeeded' AND e.manifest ->> '$.prefix' LIKE '%/1/')
  ON CONFLICT (prefix) DO NOTHING`;
