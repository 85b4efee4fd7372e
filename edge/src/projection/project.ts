import type { ShardName } from "@reelway/shared/ids";
import { isJobEvent, type QueueEvent } from "@reelway/shared/scheduling/records";
import { traceIdOf } from "@reelway/shared/telemetry/trace-id";
import { dispatchReleased } from "../assets/dispatch-released.ts";
import { tellUnsourced } from "../assets/tell-unsourced.ts";
import { tellChannels } from "../channel/tell-channels.ts";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import type { JobChannel } from "../objects/job-channel.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import type { Applied } from "./apply-events.ts";
import { observeProjected } from "./observe-projected.ts";
import { applyInOrder } from "./replay.ts";

/** Who follows a projection, round by round. */
export interface ProjectionFollower {
  /** A round begins: it will see all that has happened until now. */
  begins(): void;
  /** D1 has all that had happened when the round began. The channels are told after that. */
  stored(): void;
  /** Another round is wanted. */
  wantsMore(): boolean;
}

const nobody: ProjectionFollower = { begins: () => {}, stored: () => {}, wantsMore: () => false };

/**
 * Brings D1 and the channels up to date with a shard: pulls what is not acknowledged, stores it, tells the channels,
 * acknowledges, with the next pull where there is one. A crash between two steps repeats them, which changes nothing.
 * Safe to run many times at once.
 */
export async function projectShard(env: Env, shard: ShardName, follower: ProjectionFollower = nobody): Promise<void> {
  const log = createLog({ shard });
  for (let acknowledged = 0; ; ) {
    follower.begins();
    const { events, more } = await callQueue(env, shard, async (queue) => await queue.events(acknowledged));
    const last = events.at(-1);
    if (last === undefined) {
      follower.stored();
    } else {
      const applied = await applyInOrder(env, shard, events, log);
      const { toAnnounce, facts } = applied;
      tellProjected(env, applied, log);
      if (!more) follower.stored();
      // A run that was left behind, as by a move, is nobody's news: its cancel is not the job's.
      // A finished part is told without a listener too: its task's reports were, and would stand there as its last word.
      const heard = events.filter(
        (event) =>
          (toAnnounce.has(event.jobId) || !isJobEvent(event)) &&
          event.run >= (facts.get(event.jobId)?.run ?? event.run),
      );
      await announce(env, heard, log);
      await dispatchReleased(env, events, log);
      await tellUnsourced(env, events, log);
      const withNextPull = !more && follower.wantsMore();
      if (withNextPull) acknowledged = last.sequence;
      else await callQueue(env, shard, async (queue) => await queue.acknowledge(last.sequence));
    }
    if (!more && !follower.wantsMore()) return;
  }
}

function tellProjected(env: Env, { fresh, made, facts }: Applied, log: Log): void {
  for (const event of fresh) {
    const { type, sequence, jobId, tenantId, run, attempt, runnerId } = event;
    const job = facts.get(jobId);
    if (job && run >= job.run) observeProjected(env, event, made.get(sequence), job);
    const traceId = traceIdOf(job?.traceparent);
    log.info("event projected", {
      event: type,
      sequence,
      jobId,
      tenantId,
      run,
      attempt,
      ...(runnerId && { runnerId }),
      ...(traceId && { traceId }),
    });
  }
}

/** Tells each job's channel its events. */
function announce(env: Env, events: readonly QueueEvent[], log: Log): Promise<void> {
  const byJob = Map.groupBy(events, (event) => event.jobId);
  const tell = async (channel: DurableObjectStub<JobChannel>, jobId: string) =>
    await channel.publishEvents(byJob.get(jobId) ?? []);
  return tellChannels(env, [...byJob.keys()], tell, log);
}
