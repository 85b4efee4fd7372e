import type { EventData } from "@reelway/shared/contracts/event";
import { OutputFile } from "@reelway/shared/contracts/manifest";
import type { ShardName } from "@reelway/shared/ids";
import { movesInto } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import type { JobEvent } from "@reelway/shared/scheduling/records";
import { z } from "zod";
import { eventId } from "../events/event-id.ts";
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

export async function toEventColumns(shard: ShardName, event: JobEvent) {
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
function dataOf({ type, run, attempt, error, result }: JobEvent): EventData {
  return {
    run,
    attempt,
    state: stateAfter[type],
    ...(error === null ? {} : { error: { code: error.code, message: error.message } }),
    ...(type === "job.succeeded" && result !== null ? outputsOf(result) : {}),
  };
}

const WithOutputs = z.object({
  outputs: z.array(OutputFile.pick({ name: true, role: true, bytes: true, contentType: true }).strip()),
});

/** Of a manifest in a form that this version does not know, nothing is told: the event must not wait for it. */
function outputsOf(result: string): Pick<EventData, "outputs" | "outputCount"> {
  const { data } = WithOutputs.safeParse(JSON.parse(result));
  return data ? { outputs: data.outputs.slice(0, limits.eventOutputs), outputCount: data.outputs.length } : {};
}
