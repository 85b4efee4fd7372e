import type { ShardName } from "@reelway/shared/ids";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { projectShard } from "./project.ts";

/** A projection that has not come back after this long died with its request: another may start. */
const abandonedAfterMs = 10_000;
/** A request's background work may last 30 s: whoever comes later starts the next one. */
const longestMs = 20_000;

interface Flight {
  again: boolean;
  lastRoundAt: number;
}
const flights = new Map<ShardName, Flight>();

/**
 * Projects a shard in the background of a request: one at a time in this isolate, and once more when asked again
 * meanwhile. Whoever asks while one is under way is not kept waiting. Never throws: what fails is rung again.
 */
export async function projectSoon(env: Env, shard: ShardName): Promise<void> {
  const startedAt = Date.now();
  const running = flights.get(shard);
  if (running !== undefined && startedAt - running.lastRoundAt < abandonedAfterMs) {
    running.again = true;
    return;
  }
  const flight: Flight = { again: true, lastRoundAt: startedAt };
  flights.set(shard, flight);
  try {
    while (flight.again && Date.now() - startedAt < longestMs) {
      flight.again = false;
      flight.lastRoundAt = Date.now();
      await projectShard(env, shard);
    }
  } catch (error) {
    createLog({ shard }).warn("projection failed", { error });
  } finally {
    if (flights.get(shard) === flight) flights.delete(shard);
  }
}
