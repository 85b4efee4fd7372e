import { StoredPart } from "@reelway/shared/contracts/manifest";
import type { ShardName } from "@reelway/shared/ids";
import { isJobEvent, type QueueEvent } from "@reelway/shared/scheduling/records";

/**
 * Keeps what a finished part left: ?1 its columns, ?2 the shard. One that the cursor has passed, or of another run, is
 * not kept; the same part of an earlier run is replaced, so that a stream's parts are those of its last plan.
 */
const insertPart = `
  INSERT INTO job_parts
    (jobId, part, run, taskId, runnerId, firstSegment, endSegment, planSha256, region, prefix, stored, completedAt)
  SELECT jobs.id, e.value ->> '$.part', jobs.run, e.value ->> '$.taskId', e.value ->> '$.runnerId',
    e.value ->> '$.firstSegment', e.value ->> '$.endSegment', e.value ->> '$.planSha256', jobs.region,
    e.value ->> '$.prefix', e.value ->> '$.stored', e.value ->> '$.at'
  FROM json_each(json_array(json(?1))) AS e
  JOIN jobs ON jobs.id = e.value ->> '$.jobId' AND jobs.run = e.value ->> '$.run'
  WHERE e.value ->> '$.sequence' > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
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
    ...parts.map((event) => db.prepare(insertPart).bind(JSON.stringify(toColumns(event)), shard)),
    db.prepare(markPlayable).bind(JSON.stringify(jobIds), last),
  ];
}

function toColumns({ sequence, at, jobId, run, taskId, part, runnerId, result }: QueueEvent) {
  const stored = StoredPart.parse(JSON.parse(result ?? "null"));
  return {
    sequence,
    at,
    jobId,
    run,
    taskId,
    part,
    runnerId,
    ...(part?.startsWith("encode:") && segmentsOf(stored)),
    planSha256: stored.planSha256,
    prefix: stored.prefix,
    stored: result,
  };
}

/** Of its pictures, which are cut alike in all renditions. */
function segmentsOf({ report }: StoredPart) {
  const segments = report?.renditions[0]?.segments ?? [];
  const [first, last] = [segments[0], segments.at(-1)];
  return first && last ? { firstSegment: first.number, endSegment: last.number + 1 } : {};
}
