import type { ShardName } from "@reelway/shared/ids";
import { subjectOf } from "@reelway/shared/scheduling/breaker-keys";
import type { BreakerRecord } from "@reelway/shared/scheduling/records";
import type { Env } from "../env.ts";
import type { QueueStanding } from "../objects/region-queue-messages.ts";
import { callQueue, regionOfShard } from "../objects/region-queue-stub.ts";
import { type GaugeFamily, labelled } from "./exposition.ts";

/** A runner that was not seen for this many leases counts as away. */
const leasesUnseen = 2;

/** What a scrape reads of a queue. */
export type MeasuredQueue = QueueStanding & { readonly breakers: readonly Pick<BreakerRecord, "key">[] };
export type Standings = ReadonlyMap<ShardName, MeasuredQueue>;

export async function readStanding(env: Env, shard: ShardName): Promise<MeasuredQueue> {
  const [standing, breakers] = await Promise.all([
    callQueue(env, shard, async (queue) => await queue.standing()),
    callQueue(env, shard, async (queue) => await queue.pausedBreakers()),
  ]);
  return { ...standing, breakers };
}

/** What the queues that answered show. */
export function queueGauges(standings: Standings, leaseMs: number, now: number): GaugeFamily[] {
  const shards = [...standings].map(([shard, standing]) => ({
    ...standing,
    labels: { region: regionOfShard(shard), shard },
  }));
  return [
    {
      name: "reelway_queue_tasks",
      help: "Tasks in the queues, by state",
      samples: shards.flatMap(({ labels, counts }) =>
        (["ready", "delayed", "lined", "blocked", "leased", "dead"] as const).map((state) => ({
          labels: labelled({ ...labels, state }),
          // A queue one version older counts fewer states.
          value: counts[state] ?? 0,
        })),
      ),
    },
    {
      name: "reelway_queue_oldest_ready_seconds",
      help: "How long the task that is nearest to its deadline has waited for a runner",
      samples: shards.map(({ labels, counts }) => ({
        labels: labelled(labels),
        value: counts.oldestReadyAt === null ? 0 : Math.max(0, now - counts.oldestReadyAt) / 1_000,
      })),
    },
    {
      name: "reelway_projection_lag_events",
      help: "Events of the queues that D1 has not confirmed",
      samples: shards.map(({ labels, counts }) => ({
        labels: labelled(labels),
        value: counts.unacknowledgedEvents,
      })),
    },
    {
      name: "reelway_breakers_open",
      help: "Runners, presets and tenants that are paused for failing, or on trial",
      samples: shards.flatMap(({ labels, breakers }) =>
        (["runner", "preset", "tenant"] as const).map((party) => ({
          labels: labelled({ ...labels, party }),
          value: breakers.filter(({ key }) => subjectOf(key)?.party === party).length,
        })),
      ),
    },
    ...runnerGauges(standings, now - leasesUnseen * leaseMs),
  ];
}

/** A runner may be known to several shards of its region: it counts once, as it last described itself. */
function runnerGauges(standings: Standings, seenSince: number): GaugeFamily[] {
  const regions = [...Map.groupBy(standings, ([shard]) => regionOfShard(shard))].map(([region, ofRegion]) => {
    const known = ofRegion.flatMap(([, { runners }]) => runners).sort((a, b) => a.lastSeenAt - b.lastSeenAt);
    const byId = new Map(known.map((runner) => [runner.runnerId, runner]));
    const live = [...byId.values()].filter(({ lastSeenAt, draining }) => lastSeenAt >= seenSince && !draining);
    return {
      labels: labelled({ region }),
      runners: live.length,
      slots: live.reduce((sum, { slots }) => sum + slots, 0),
    };
  });
  return [
    {
      name: "reelway_runners_live",
      help: "Runners that were seen lately and take work",
      samples: regions.map(({ labels, runners: value }) => ({ labels, value })),
    },
    {
      name: "reelway_runner_slots_live",
      help: "Tasks that these work on at once",
      samples: regions.map(({ labels, slots: value }) => ({ labels, value })),
    },
  ];
}
