import type { ShardName } from "@reelway/shared/ids";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import { isJobEvent, type QueueEvent } from "@reelway/shared/scheduling/records";
import { assetsOfFetchJobs } from "../assets/fetched-assets.ts";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import { settingsOf } from "../settings.ts";
import { completedBatches } from "../store/completed-batches.ts";
import { lastGrantEndsAt, scheduleOutputSweeps } from "../store/schedule-output-sweeps.ts";
import { addUsage } from "./add-usage.ts";
import { changesItsJob, insertJobEvents, toEventColumns } from "./insert-job-events.ts";
import { insertJobParts } from "./insert-job-parts.ts";
import { type MadeWork, type ReadEvent, readEvent } from "./made-work.ts";
import type { JobFacts } from "./observe-projected.ts";
import { stateAfter } from "./state-after.ts";

/** One event on one row: where `changesItsJob` holds. */
const applyOneEach = `
  UPDATE jobs SET
    state = e.state,
    attempt = e.attempt,
    error = e.error,
    manifest = e.manifest,
    outputBytes = e.outputBytes,
    startedAt = CASE e.state WHEN 'running' THEN coalesce(jobs.startedAt, e.at) ELSE jobs.startedAt END,
    finishedAt = e.finishedAt,
    playableAt = CASE WHEN e.state = 'succeeded' AND jobs.kind = 'stream'
      THEN coalesce(jobs.playableAt, e.at) ELSE jobs.playableAt END,
    updatedAt = e.at,
    channelSince = CASE e.state WHEN 'queued' THEN coalesce(jobs.channelSince, e.at) ELSE jobs.channelSince END
  FROM (
    SELECT
      value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId, value ->> '$.run' AS run,
      value ->> '$.state' AS state, value ->> '$.attempt' AS attempt, value ->> '$.error' AS error,
      value ->> '$.manifest' AS manifest, value ->> '$.outputBytes' AS outputBytes, value ->> '$.at' AS at, value ->> '$.finishedAt' AS finishedAt,
      value -> '$.movesFrom' AS movesFrom
    FROM json_each(?1)
  ) AS e
  WHERE ${changesItsJob}`;

/**
 * Breaks the batch off where D1 lacks events before ?1, as after an older database was put back: applied out of their
 * order they would be moves that are not legal.
 */
const refuseGap = `
  INSERT INTO shard_cursors (shard, lastSequence)
  SELECT ?2, NULL WHERE ?1 > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0) + 1`;

/** Whether applying broke off because of a gap. */
export function isGap(error: unknown): boolean {
  return error instanceof Error && error.message.includes("NOT NULL constraint failed: shard_cursors.lastSequence");
}

/** Before it is moved: what comes after it is this call's news, and nobody else's. */
const readCursor = "SELECT lastSequence FROM shard_cursors WHERE shard = ?";

const moveCursor = `
  INSERT INTO shard_cursors (shard, lastSequence) VALUES (?2, ?1)
  ON CONFLICT (shard) DO UPDATE SET lastSequence = excluded.lastSequence WHERE lastSequence < excluded.lastSequence`;

/** After the updates: whoever asks to watch behind this batch is shown the rows as it leaves them. */
const jobFacts = `
  SELECT id, channelSince IS NOT NULL AS watched, run, region, coalesce(spec ->> '$.container', kind) AS format,
    max(createdAt, coalesce(startAt, 0)) AS wantedAt, startedAt, traceparent
  FROM jobs WHERE id IN (SELECT value FROM json_each(?))`;

/** What the last statements of the batch answer: the cursor, or a job's facts. */
type Row = JobFacts & { readonly id: string; readonly watched: number; readonly lastSequence?: number };

export interface Applied {
  /** Those that no call had applied before: of calls that overlap, each event is fresh to one. */
  readonly fresh: readonly QueueEvent[];
  /** What those of jobs come to, by their sequences. */
  readonly made: ReadonlyMap<number, MadeWork>;
  /** The jobs whose channels are to be told, whoever moved the cursor. An object that nobody asked for is not woken. */
  readonly toAnnounce: ReadonlySet<string>;
  readonly facts: ReadonlyMap<string, JobFacts>;
}

/**
 * Stores events in D1: in the jobs' rows, in the log of events (from which a trigger makes the webhook deliveries), and
 * as sweeps of what ended runs left behind. One batch, so one transaction, with the shard's cursor behind what depends
 * on it. Repeated, concurrent and late calls change nothing, because every condition is in the SQL.
 * Throws where D1 lacks events before the first (`isGap`), unless it is to go on across that.
 */
export async function applyEvents(
  env: Env,
  shard: ShardName,
  events: readonly QueueEvent[],
  { acrossGap = false }: { readonly acrossGap?: boolean } = {},
): Promise<Applied> {
  const db = env.DB;
  const first = events[0]?.sequence ?? 0;
  const last = events.at(-1)?.sequence ?? 0;
  // What is told of parts changes no job's state.
  const ofJobs = events.filter(isJobEvent).map(readEvent);
  const logged = new Map(
    await Promise.all(ofJobs.map(async (event) => [event, await toEventColumns(shard, event)] as const)),
  );
  const updates = inRounds(ofJobs).flatMap((round) => [
    db.prepare(insertJobEvents).bind(JSON.stringify(round.map((event) => logged.get(event))), shard),
    ...addUsage(db, shard, round),
    db.prepare(applyOneEach).bind(JSON.stringify(round.map(toColumns)), shard),
  ]);
  const ends = ofJobs.filter(({ type }) => isTerminal(stateAfter[type]));
  const jobIds = [...new Set(events.map(({ jobId }) => jobId))];
  const results = await db.batch<Row>([
    ...(acrossGap ? [] : [db.prepare(refuseGap).bind(first, shard)]),
    ...updates,
    ...scheduleOutputSweeps(db, shard, ends, lastGrantEndsAt(Date.now(), settingsOf(env).leaseMs)),
    ...(await assetsOfFetchJobs(db, shard, ofJobs)),
    ...(await completedBatches(db, shard, ends)),
    ...insertJobParts(db, shard, events),
    db.prepare(readCursor).bind(shard),
    db.prepare(moveCursor).bind(last, shard),
    db.prepare(jobFacts).bind(JSON.stringify(jobIds)),
  ]);
  noteEvents();
  const rows = results.at(-1)?.results ?? [];
  const appliedBefore = results.at(-3)?.results[0]?.lastSequence ?? 0;
  return {
    fresh: events.filter(({ sequence }) => sequence > appliedBefore),
    made: new Map(ofJobs.map(({ sequence, made }) => [sequence, made])),
    toAnnounce: new Set(rows.flatMap(({ id, watched }) => (watched ? [id] : []))),
    facts: new Map(rows.map((row) => [row.id, row])),
  };
}

/** The first event of every job, then the second of every job, and so on: one statement changes a row only once. */
export function inRounds<E extends QueueEvent>(events: readonly E[]): E[][] {
  const rounds: E[][] = [];
  const seen = new Map<string, number>();
  for (const event of events) {
    const round = seen.get(event.jobId) ?? 0;
    seen.set(event.jobId, round + 1);
    rounds[round] = [...(rounds[round] ?? []), event];
  }
  return rounds;
}

function toColumns(event: ReadEvent) {
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
    outputBytes: event.made.outputBytes,
    at: event.at,
    finishedAt: isTerminal(state) ? event.at : null,
    movesFrom: movesInto(state),
  };
}
