import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { hurryWebhooks } from "../webhooks/hurry.ts";
import { projectShard } from "./project.ts";

/** A projection that has not come back after this long died with its request: another may start. */
const abandonedAfterMs = 10_000;
/** A request's background work may last 30 s: whoever comes later starts the next one. */
const longestMs = 20_000;

/** Between two looks at how far another request's projection is: twice as long each time. */
const firstLookMs = 2;
const longestLookMs = 16;

/** Plain figures: a promise of one request must not be waited for by another, which may outlive it. */
interface Flight {
  /** Calls that asked for it so far. */
  asked: number;
  /** Of these, how many D1 has been brought up to date for. */
  stored: number;
  over: boolean;
  lastRoundAt: number;
}
const flights = new Map<ShardName, Flight>();

/**
 * Projects a shard in the background of a request: one at a time in this isolate, however many ask, and once more for
 * those who ask meanwhile, who are not kept waiting. Never throws: what fails is rung again.
 */
export function projectSoon(env: Env, shard: ShardName): Promise<void> {
  return ask(env, shard).work;
}

/**
 * The same for an answer that tells of a job's new state: it goes out when D1 shows that state too, so that whoever
 * reads the job next sees nothing older. When D1 is slow or away the answer goes out all the same: what it tells has
 * happened, and the projection is repeated until it has come through.
 */
export async function projectFirst(
  env: Env,
  shard: ShardName,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> {
  const { flight, ticket, work } = ask(env, shard);
  waitUntil(work);
  const until = Date.now() + limits.projectionWaitMs;
  for (let pauseMs = firstLookMs; flight.stored < ticket; pauseMs = Math.min(2 * pauseMs, longestLookMs)) {
    if (flight.over || Date.now() >= until) return createLog({ shard }).warn("answered before the projection");
    await scheduler.wait(pauseMs);
  }
}

function ask(env: Env, shard: ShardName) {
  const running = flights.get(shard);
  if (running !== undefined && Date.now() - running.lastRoundAt < abandonedAfterMs)
    return { flight: running, ticket: ++running.asked, work: Promise.resolve() };
  const flight: Flight = { asked: 1, stored: 0, over: false, lastRoundAt: Date.now() };
  flights.set(shard, flight);
  return { flight, ticket: 1, work: fly(env, shard, flight) };
}

async function fly(env: Env, shard: ShardName, flight: Flight): Promise<void> {
  const startedAt = Date.now();
  const wantsMore = () => flight.stored < flight.asked && Date.now() - startedAt < longestMs;
  let asked = 0;
  const begins = () => {
    asked = flight.asked;
    flight.lastRoundAt = Date.now();
  };
  const hurries: Promise<void>[] = [];
  const stored = () => {
    flight.stored = asked;
    hurries.push(hurryWebhooks(env));
  };
  try {
    // Looked at once more in the turn in which the flight ends: nobody can join in between.
    while (wantsMore()) await projectShard(env, shard, { begins, stored, wantsMore });
  } catch (error) {
    createLog({ shard }).warn("projection failed", { error });
  } finally {
    flight.over = true;
    if (flights.get(shard) === flight) flights.delete(shard);
  }
  await Promise.all(hurries);
}
