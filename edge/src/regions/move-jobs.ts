import type { EventData } from "@reelway/shared/contracts/event";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import { deliverOutbox } from "../dispatch/deliver-outbox.ts";
import type { Env } from "../env.ts";
import { eventId } from "../events/event-id.ts";
import { dataOfJob } from "../events/new-event.ts";
import type { Log } from "../http/log.ts";
import { projectShard } from "../projection/project.ts";
import type { Settings } from "../settings.ts";
import { newStorageRoot } from "../storage/storage-root.ts";
import { inSlices } from "../store/insert-rows.ts";
import { insertMoves, type JobMove, listMovable, type MovableJob } from "../store/job-moves.ts";
import { readMoveCursor, writeMoveCursor } from "../store/region-states.ts";
import { lastGrantEndsAt } from "../store/schedule-output-sweeps.ts";
import { type Targets, targetFor } from "./choose-target.ts";
import type { MoveReason } from "./judge-region.ts";
import { shardsWithWork } from "./live-shards.ts";

/** Jobs looked at in one read, and reads in one go. */
const pageSize = 200;
const readsAtOnce = 25;

export interface Departure {
  readonly from: RegionId;
  readonly reason: MoveReason;
  readonly targets: Targets;
  readonly now: number;
}

/**
 * Moves jobs that wait in a region to others, a bounded number of them; answers how many. D1 decides, each in one
 * transaction; then both queues are told, and what does not reach them is found by the sweep. A runner that has leased
 * one of them in this very moment is told to stop, and what it says of it counts for nothing any more (docs/adr/0011).
 */
export async function moveWaitingJobs(env: Env, settings: Settings, departure: Departure, log: Log): Promise<number> {
  const { from, reason, targets, now } = departure;
  if (targets.size === 0) return 0;
  const shards = await shardsWithWork(env, settings, from, now);
  // What has begun there is known here before anything is taken from there, as far as the queue can be reached.
  for (const shard of shards)
    await projectShard(env, shard).catch((error) => log.warn("not projected", { shard, error }));

  const leaving = await jobsThatLeave(env, settings, departure, shards);
  if (leaving.length === 0) return 0;
  const moves = await Promise.all(leaving.map(([movable, to]) => moveOf(settings, movable, to, now)));
  const outputsEndAt = lastGrantEndsAt(now, settings.leaseMs);
  const outboxIds: number[] = [];
  const jobIds = new Set<string>();
  // Their events hold what tenants wrote: many together may be more than one statement takes.
  for (const slice of inSlices(moves)) {
    const made = await insertMoves(env, slice, { reason, now, outputsEndAt });
    outboxIds.push(...made.outboxIds);
    for (const id of made.jobIds) jobIds.add(id);
  }
  for (const { job, to } of moves) {
    if (!jobIds.has(job.id)) continue;
    log.info("job moved", { jobId: job.id, tenantId: job.tenantId, run: job.run + 1, from, to, reason });
  }
  await deliverOutbox(env, outboxIds, log);
  return jobIds.size;
}

/**
 * Those that have somewhere to go, from behind where the last look ended: at the end it begins anew, and ends where it
 * began. So any number of others at the head are passed in time.
 */
async function jobsThatLeave(
  env: Env,
  { failoverWaitMs }: Settings,
  { from, reason, targets, now }: Departure,
  shards: Awaited<ReturnType<typeof shardsWithWork>>,
): Promise<[MovableJob, RegionId][]> {
  const waitingSince = { drained: null, no_runners: now, overdue: now - failoverWaitMs }[reason];
  const leaving: [MovableJob, RegionId][] = [];
  const begin = await readMoveCursor(env, from);
  let [afterId, upToId]: [string, string | undefined] = [begin ?? "", undefined];
  for (let reads = 0; reads < readsAtOnce && leaving.length < limits.movesPerSweep; reads++) {
    const page = await listMovable(env, { region: from, shards, waitingSince, afterId, upToId, limit: pageSize });
    for (const movable of page) {
      afterId = movable.job.id;
      const to = targetFor(movable, reason, targets);
      if (to !== undefined && leaving.push([movable, to]) === limits.movesPerSweep) break;
    }
    if (leaving.length === limits.movesPerSweep || page.length === pageSize) continue;
    if (begin === null || upToId !== undefined) {
      afterId = "";
      break;
    }
    [afterId, upToId] = ["", begin];
  }
  const end = afterId === "" ? null : afterId;
  if (end !== begin) await writeMoveCursor(env, from, end);
  return leaving;
}

async function moveOf({ queueShards }: Settings, { job }: MovableJob, to: RegionId, now: number): Promise<JobMove> {
  const run = job.run + 1;
  const data: EventData = dataOfJob({ ...job, region: to, run, attempt: 0 });
  const id = await eventId(now, `${job.id}:moved:${run}`);
  return {
    job,
    to,
    shard: shardFor(job.id, to, queueShards),
    storageRoot: newStorageRoot(job.tenantId),
    event: { id, tenantId: job.tenantId, type: "job.moved", at: now, jobId: job.id, data },
  };
}
