import type { ShardName } from "@reelway/shared/ids";
import { isJobEvent, type QueueEvent } from "@reelway/shared/scheduling/records";

/**
 * Keeps what a finished part left: ?1 its columns, ?2 the shard. One that the cursor has passed, or of another run, is
 * not kept; the same part of an earlier run is replaced, so that a stream's parts are those of its last plan. A chunk's
 * pictures are cut alike in all renditions, so the first one's segments tell which are its own.
 */
const insertPart = `
  INSERT INTO job_parts
    (jobId, part, run, taskId, runnerId, firstSegment, endSegment, planSha256, region, prefix, stored, completedAt)
  SELECT jobs.id, event ->> '$.part', jobs.run, event ->> '$.taskId', event ->> '$.runnerId',
    CASE WHEN event ->> '$.part' LIKE 'encode:%' THEN segments ->> '$[0].number' END,
    CASE WHEN event ->> '$.part' LIKE 'encode:%' THEN (segments ->> '$[#-1].number') + 1 END,
    stored ->> '$.planSha256', jobs.region, stored ->> '$.prefix', stored, event ->> '$.at'
  FROM (
    SELECT event, stored, stored -> '$.report.renditions[0].segments' AS segments
    FROM (SELECT event, event ->> '$.result' AS stored FROM (SELECT ?1 AS event))
  )
  JOIN jobs ON jobs.id = event ->> '$.jobId' AND jobs.run = event ->> '$.run'
  WHERE event ->> '$.sequence' > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
  ON CONFLICT (jobId, part) DO UPDATE SET
    run = excluded.run, taskId = excluded.taskId, runnerId = excluded.runnerId,
    firstSegment = excluded.firstSegment, endSegment = excluded.endSegment, planSha256 = excluded.planSha256,
    region = excluded.region, prefix = excluded.prefix, stored = excluded.stored, completedAt = excluded.completedAt
  WHERE excluded.run >= job_parts.run`;

/**
 * ?1 the ids of jobs, ?2 now. A stream can be started when its opening is there, in all its renditions, with the sound:
 * two chunks, or the only one, so that a player does not stall at once. One that is not cut waits for its end.
 */
const markPlayable = `
  UPDATE jobs SET playableAt = ?2
  WHERE id IN (SELECT value FROM json_each(?1)) AND kind = 'stream' AND playableAt IS NULL AND EXISTS (
    SELECT 1 FROM job_parts AS plan
    WHERE plan.jobId = jobs.id AND plan.part = 'plan' AND plan.run = jobs.run AND plan.stored ->> '$.title.chunks' > 0
      AND NOT EXISTS (
        SELECT 1 FROM (
          SELECT 'encode:0' AS part
          UNION ALL SELECT 'encode:1' WHERE plan.stored ->> '$.title.chunks' > 1
          UNION ALL SELECT 'audio' WHERE json_array_length(plan.stored, '$.title.audio') > 0
        ) AS needed
        WHERE NOT EXISTS (
          SELECT 1 FROM job_parts AS made
          WHERE made.jobId = jobs.id AND made.part = needed.part AND made.planSha256 = plan.planSha256
            AND made.region = jobs.region)))`;

/** Statements for the projection's batch, before that of the cursor. Nothing where no part was finished. */
export function insertJobParts(db: D1Database, shard: ShardName, events: readonly QueueEvent[]): D1PreparedStatement[] {
  const parts = events.flatMap((event) => (isJobEvent(event) ? [] : [event]));
  if (parts.length === 0) return [];
  const jobIds = [...new Set(parts.map(({ jobId }) => jobId))];
  const last = Math.max(...parts.map(({ at }) => at));
  return [
    // One by one: a part may be long, and D1 takes 2 MB in one string.
    ...parts.map((event) => db.prepare(insertPart).bind(JSON.stringify(event), shard)),
    db.prepare(markPlayable).bind(JSON.stringify(jobIds), last),
  ];
}
