import type { ShardName } from "@reelway/shared/ids";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import { changesItsJob } from "./insert-job-events.ts";
import type { ReadEvent } from "./made-work.ts";
import { stateAfter } from "./state-after.ts";

/** ?1 the columns of one round of ends, ?2 the shard. */
const addUsageOfEnds = `
  INSERT INTO usage_days (tenantId, day, jobsSucceeded, jobsFailed, jobsCanceled, sourceMs, workMs, outputBytes,
    sourceBytes)
  SELECT jobs.tenantId, e.at / 86400000, sum(e.state = 'succeeded'), sum(e.state = 'failed'), sum(e.state = 'canceled'),
    sum(e.sourceMs), sum(e.workMs), sum(e.outputBytes), sum(e.sourceBytes)
  FROM (
    SELECT
      value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId, value ->> '$.run' AS run,
      value ->> '$.at' AS at, value ->> '$.state' AS state, value -> '$.movesFrom' AS movesFrom,
      value ->> '$.sourceMs' AS sourceMs, value ->> '$.workMs' AS workMs, value ->> '$.outputBytes' AS outputBytes,
      value ->> '$.sourceBytes' AS sourceBytes
    FROM json_each(?1)
  ) AS e
  JOIN jobs ON ${changesItsJob}
  GROUP BY jobs.tenantId, e.at / 86400000
  ON CONFLICT (tenantId, day) DO UPDATE SET
    jobsSucceeded = jobsSucceeded + excluded.jobsSucceeded, jobsFailed = jobsFailed + excluded.jobsFailed,
    jobsCanceled = jobsCanceled + excluded.jobsCanceled, sourceMs = sourceMs + excluded.sourceMs,
    workMs = workMs + excluded.workMs, outputBytes = outputBytes + excluded.outputBytes,
    sourceBytes = sourceBytes + excluded.sourceBytes`;

/**
 * Adds what the ends of one round come to, to the days of their tenants. Before the update of the jobs, whose condition it
 * shares: an end counts once, however often it is projected. Nothing where no job ends.
 */
export function addUsage(db: D1Database, shard: ShardName, round: readonly ReadEvent[]): D1PreparedStatement[] {
  const ends = round.filter(({ type }) => isTerminal(stateAfter[type])).map(toColumns);
  return ends.length === 0 ? [] : [db.prepare(addUsageOfEnds).bind(JSON.stringify(ends), shard)];
}

function toColumns({ sequence, jobId, run, at, type, made }: ReadEvent) {
  const state = stateAfter[type];
  const { sourceMs, workMs, outputBytes, sourceBytes } = made;
  return { sequence, jobId, run, at, state, movesFrom: movesInto(state), sourceMs, workMs, outputBytes, sourceBytes };
}
