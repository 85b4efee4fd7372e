import type { RegionId } from "@reelway/shared/regions";
import type { ReadyWork } from "@reelway/shared/scheduling/ready-work";
import type { QueueCounts } from "@reelway/shared/scheduling/store";
import type { Env } from "../env.ts";
import type { RunnerStanding } from "../objects/region-queue-messages.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { isOffline, mergeStandings } from "../runners/merge-standings.ts";
import type { Settings } from "../settings.ts";
import { shardsWithWork } from "./live-shards.ts";

/** What a look at all shards of a region shows. */
export interface RegionStanding {
  readonly counts: QueueCounts;
  /** Runners that were seen lately and take work. */
  readonly live: readonly RunnerStanding[];
  /** What waits for runners. */
  readonly ready: readonly ReadyWork[];
}

/** Asks every shard of a region. Null while one of them does not answer. */
export async function observeRegion(
  env: Env,
  settings: Settings,
  region: RegionId,
  now: number,
): Promise<RegionStanding | null> {
  const shards = await shardsWithWork(env, settings, region, now);
  try {
    const standings = await Promise.all(
      shards.map((shard) => callQueue(env, shard, async (queue) => await queue.standing())),
    );
    const runners = mergeStandings(standings.map((standing) => standing.runners));
    return {
      counts: sumOf(standings.map(({ counts }) => counts)),
      live: [...runners.values()].filter((runner) => !runner.draining && !isOffline(runner, settings.leaseMs, now)),
      ready: standings.flatMap(({ ready }) => ready ?? []),
    };
  } catch {
    return null;
  }
}

function sumOf(shards: readonly QueueCounts[]): QueueCounts {
  const none = {
    ready: 0,
    delayed: 0,
    lined: 0,
    blocked: 0,
    leased: 0,
    dead: 0,
    oldestReadyAt: null,
    unacknowledgedEvents: 0,
  };
  return shards.reduce<QueueCounts>(
    (sum, shard) => ({
      ready: sum.ready + shard.ready,
      delayed: sum.delayed + shard.delayed,
      // Absent from a queue one version older.
      lined: sum.lined + (shard.lined ?? 0),
      blocked: sum.blocked + (shard.blocked ?? 0),
      leased: sum.leased + shard.leased,
      dead: sum.dead + shard.dead,
      oldestReadyAt: earlier(sum.oldestReadyAt, shard.oldestReadyAt),
      unacknowledgedEvents: sum.unacknowledgedEvents + shard.unacknowledgedEvents,
    }),
    none,
  );
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
