import type { EventData } from "@reelway/shared/contracts/event";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { shardFor } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import { eventId } from "../events/event-id.ts";
import { dataOfJob } from "../events/new-event.ts";
import type { Log } from "../http/log.ts";
import { newStorageRoot } from "../jobs/storage-root.ts";
import { projectShard } from "../projection/project.ts";
import { deliverOutbox } from "../queues/deliver-outbox.ts";
import type { Settings } from "../settings.ts";
import { lastGrantEndsAt } from "../storage-sweep/schedule-output-sweeps.ts";
import { insertMoves, type JobMove, listMovable, type MovableJob } from "../store/job-moves.ts";
import { type Targets, targetFor } from "./choose-target.ts";
import type { MoveReason } from "./judge-region.ts";
import { shardsWithWork } from "./live-shards.ts";

/** Jobs looked at in one read, and reads in one go: those that can go nowhere must not hide the others. */
const pageSize = 200;
const pagesAtOnce = 25;

export interface Departure {
  readonly from: RegionId;
  readonly reason: MoveReason;
  readonly targets: Targets;
  readonly now: number;
}

/**
 * Moves jobs that wait in a region to others, a bounded number of them; answers how many. D1 decides, in one
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
  const { outboxIds, jobIds } = await insertMoves(env, moves, { reason, now, outputsEndAt });
  for (const { job, to } of moves) {
    if (!jobIds.has(job.id)) continue;
    log.info("job moved", { jobId: job.id, tenantId: job.tenantId, run: job.run + 1, from, to, reason });
  }
  await deliverOutbox(env, outboxIds, log);
  return jobIds.size;
}

async function jobsThatLeave(
  env: Env,
  { failoverWaitMs }: Settings,
  { from, reason, targets, now }: Departure,
  shards: Awaited<ReturnType<typeof shardsWithWork>>,
): Promise<[MovableJob, RegionId][]> {
  const waitingSince = { drained: null, no_runners: now, overdue: now - failoverWaitMs }[reason];
  const leaving: [MovableJob, RegionId][] = [];
  for (let pages = 0, afterId = ""; pages < pagesAtOnce; pages++) {
    const page = await listMovable(env, { region: from, shards, waitingSince, afterId, limit: pageSize });
    for (const movable of page) {
      const to = targetFor(movable, reason, targets);
      if (to !== undefined) leaving.push([movable, to]);
      if (leaving.length === limits.movesPerSweep) return leaving;
    }
    const last = page.at(-1);
    if (!last || page.length < pageSize) break;
    afterId = last.job.id;
  }
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
