import type { EventData } from "@reelway/shared/contracts/event";
import type { ShardName } from "@reelway/shared/ids";
import { movesInto } from "@reelway/shared/jobs/state-machine";
import { eventId } from "../events/event-id.ts";
import type { ReadEvent } from "./made-work.ts";
import { stateAfter } from "./state-after.ts";

/**
 * When an event changes its job's row: the same for the row and for the log of events, so that one tells what the other
 * shows. One that the cursor has passed, of another run, or no legal move, changes nothing. ?2 the shard.
 */
export const changesItsJob = `
    jobs.id = e.jobId
    AND jobs.run = e.run
    AND e.sequence > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
    AND jobs.state IN (SELECT value FROM json_each(e.movesFrom))`;

/** Writes the events of one round to the log: ?1 what `toEventColumns` made. Before the update of the jobs, whose condition it shares. */
export const insertJobEvents = `
  INSERT INTO events (id, tenantId, type, at, jobId, data)
  SELECT e.id, jobs.tenantId, e.type, e.at, jobs.id, json_patch(e.data, json_object(
    'jobId', jobs.id, 'assetId', jobs.assetId, 'batchId', jobs.batchId, 'kind', jobs.kind, 'preset', jobs.preset,
    'region', jobs.region, 'tags', json(jobs.tags), 'metadata', json(jobs.metadata)))
  FROM (
    SELECT
      value ->> '$.id' AS id, value ->> '$.type' AS type, value ->> '$.at' AS at, value ->> '$.jobId' AS jobId,
      value ->> '$.run' AS run, value ->> '$.sequence' AS sequence, value -> '$.movesFrom' AS movesFrom,
      value -> '$.data' AS data
    FROM json_each(?1)
  ) AS e
  JOIN jobs ON ${changesItsJob}
  WHERE true
  ON CONFLICT (id) DO NOTHING`;

export async function toEventColumns(shard: ShardName, event: ReadEvent) {
  const { type, at, jobId, run, sequence } = event;
  const movesFrom = movesInto(stateAfter[type]);
  return {
    id: await eventId(at, `${shard}:${sequence}`),
    type,
    at,
    jobId,
    run,
    sequence,
    movesFrom,
    data: dataOf(event),
  };
}

/** What the event itself tells; the statement adds what the job's row has. */
function dataOf({ type, run, attempt, error, made }: ReadEvent): EventData {
  return {
    run,
    attempt,
    state: stateAfter[type],
    ...(error === null ? {} : { error: { code: error.code, message: error.message } }),
    ...made.told,
  };
}
