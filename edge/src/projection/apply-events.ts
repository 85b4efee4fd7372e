import type { ShardName } from "@reelway/shared/ids";
import { isTerminal, type JobState, movesInto } from "@reelway/shared/jobs/state-machine";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { lastGrantEndsAt, scheduleOutputSweeps } from "../storage-sweep/schedule-output-sweeps.ts";

/** The state that each event puts its job in. */
export const stateAfter: Readonly<Record<QueueEvent["type"], JobState>> = {
  "job.started": "running",
  "job.requeued": "queued",
  "job.succeeded": "succeeded",
  "job.failed": "failed",
  "job.canceled": "canceled",
};

/** One event on one row. An event that the cursor has passed, of another run, or no legal move, finds no row. */
const applyOneEach = `
  UPDATE jobs SET
    state = e.state,
    attempt = e.attempt,
    error = e.error,
    manifest = e.manifest,
    startedAt = CASE e.state WHEN 'running' THEN coalesce(jobs.startedAt, e.at) ELSE jobs.startedAt END,
    finishedAt = e.finishedAt,
    updatedAt = e.at,
    channelSince = CASE e.state WHEN 'queued' THEN coalesce(jobs.channelSince, e.at) ELSE jobs.channelSince END
  FROM (
    SELECT
      value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId, value ->> '$.run' AS run,
      value ->> '$.state' AS state, value ->> '$.attempt' AS attempt, value ->> '$.error' AS error,
      value ->> '$.manifest' AS manifest, value ->> '$.at' AS at, value ->> '$.finishedAt' AS finishedAt,
      value -> '$.movesFrom' AS movesFrom
    FROM json_each(?1)
  ) AS e
  WHERE jobs.id = e.jobId
    AND jobs.run = e.run
    AND e.sequence > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
    AND jobs.state IN (SELECT value FROM json_each(e.movesFrom))`;

/** Who moves the cursor is the one whose events these were. */
const moveCursor = `
  INSERT INTO shard_cursors (shard, lastSequence) VALUES (?2, ?1)
  ON CONFLICT (shard) DO UPDATE SET lastSequence = excluded.lastSequence WHERE lastSequence < excluded.lastSequence`;

/** After the updates: whoever asks to watch behind this batch is shown the rows as it leaves them. */
const toAnnounce = "SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND channelSince IS NOT NULL";

export interface Applied {
  /** It was this call that moved the cursor. */
  readonly moved: boolean;
  /** The jobs whose channels are to be told, whoever moved the cursor. An object that nobody asked for is not woken. */
  readonly toAnnounce: ReadonlySet<string>;
}

/**
 * Stores events in D1, with the sweeps of what ended runs left behind: one batch, so one transaction, with the shard's
 * cursor behind what depends on it. Repeated, concurrent and late calls change nothing, because every condition is in
 * the SQL.
 */
export async function applyEvents(env: Env, shard: ShardName, events: readonly QueueEvent[]): Promise<Applied> {
  const db = env.DB;
  const last = events.at(-1)?.sequence ?? 0;
  const updates = inRounds(events).map((round) =>
    db.prepare(applyOneEach).bind(JSON.stringify(round.map(toColumns)), shard),
  );
  const ends = events.filter(({ type }) => isTerminal(stateAfter[type])).map(toColumns);
  const grantsEndAt = lastGrantEndsAt(Date.now(), settingsOf(env).leaseMs);
  const jobIds = [...new Set(events.map(({ jobId }) => jobId))];
  const results = await db.batch<{ id: string }>([
    ...updates,
    ...(ends.length > 0 ? [db.prepare(scheduleOutputSweeps).bind(JSON.stringify(ends), shard, grantsEndAt)] : []),
    db.prepare(moveCursor).bind(last, shard),
    db.prepare(toAnnounce).bind(JSON.stringify(jobIds)),
  ]);
  return {
    moved: results.at(-2)?.meta.changes === 1,
    toAnnounce: new Set(results.at(-1)?.results.map(({ id }) => id)),
  };
}

/** The first event of every job, then the second of every job, and so on: one statement changes a row only once. */
export function inRounds(events: readonly QueueEvent[]): QueueEvent[][] {
  const rounds: QueueEvent[][] = [];
  const seen = new Map<string, number>();
  for (const event of events) {
    const round = seen.get(event.jobId) ?? 0;
    seen.set(event.jobId, round + 1);
    rounds[round] = [...(rounds[round] ?? []), event];
  }
  return rounds;
}

function toColumns(event: QueueEvent) {
  const state = stateAfter[event.type];
  return {
    sequence: event.sequence,
    jobId: event.jobId,
    run: event.run,
    state,
    attempt: event.attempt,
    // Why an attempt ended is the channel's news; the row tells why the job ended.
    error: isTerminal(state) && event.error !== null ? JSON.stringify(event.error) : null,
    manifest: event.result,
    at: event.at,
    finishedAt: isTerminal(state) ? event.at : null,
    movesFrom: movesInto(state),
  };
}
