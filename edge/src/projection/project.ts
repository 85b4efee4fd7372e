import type { ShardName } from "@reelway/shared/ids";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { callChannel } from "../objects/job-channel-stub.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { applyEvents } from "./apply-events.ts";

/** Channels told at the same time. */
const channelsAtOnce = 16;

/**
 * Brings D1 and the channels up to date with a shard: pulls what is not acknowledged, stores it, tells the channels,
 * acknowledges. A crash between two steps repeats them, which changes nothing. Safe to run many times at once.
 * `stored` hears when D1 has all that had happened before the call, which is before the channels are told.
 */
export async function projectShard(env: Env, shard: ShardName, stored: () => void = () => {}): Promise<void> {
  const log = createLog({ shard });
  for (;;) {
    const { events, more } = await callQueue(env, shard, async (queue) => await queue.events());
    const last = events.at(-1);
    if (last === undefined) return stored();
    if (await applyEvents(env, shard, events)) logProjected(events, log);
    if (!more) stored();
    await announce(env, events, log);
    await callQueue(env, shard, async (queue) => await queue.acknowledge(last.sequence));
    if (!more) return;
  }
}

function logProjected(events: readonly QueueEvent[], log: Log): void {
  for (const { type, sequence, jobId, tenantId, run, attempt, runnerId } of events)
    log.info("event projected", {
      event: type,
      sequence,
      jobId,
      tenantId,
      run,
      attempt,
      ...(runnerId && { runnerId }),
    });
}

/** Tells each job's channel its events. A channel that fails is left to its own look at D1: it must not hold up the rest. */
async function announce(env: Env, events: readonly QueueEvent[], log: Log): Promise<void> {
  const byJob = [...Map.groupBy(events, (event) => event.jobId)];
  for (let start = 0; start < byJob.length; start += channelsAtOnce) {
    await Promise.all(
      byJob.slice(start, start + channelsAtOnce).map(async ([jobId, ofJob]) => {
        try {
          await callChannel(env, jobId, async (channel) => await channel.publishEvents(ofJob));
        } catch (error) {
          log.warn("channel not told", { jobId, error });
        }
      }),
    );
  }
}
