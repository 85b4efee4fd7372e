import type { ShardName } from "@reelway/shared/ids";
import { regionIds } from "@reelway/shared/regions";
import { shardsOf } from "@reelway/shared/shards";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { allShards } from "../regions/live-shards.ts";
import type { Settings } from "../settings.ts";
import { readDatabaseGauges } from "./database-gauges.ts";
import { exposition, type GaugeFamily, labelled } from "./exposition.ts";
import { flushCounts } from "./flush.ts";
import { metricsHub } from "./metrics-hub-stub.ts";
import { queueGauges, readStanding } from "./queue-gauges.ts";
import type { Deltas } from "./series.ts";

/** A source that is slower than this costs its own series, not the scrape, milliseconds. */
const sourceMs = 2_000;

/** Where a scrape reads. Given as functions, so that a test can have one of them fail. */
export interface Sources {
  totals(): Promise<Deltas>;
  database(): Promise<GaugeFamily[]>;
  shards(): Promise<ShardName[]>;
  standing(shard: ShardName): ReturnType<typeof readStanding>;
}

export function sourcesOf(env: Env, settings: Settings): Sources {
  return {
    totals: async () => {
      // What this isolate has not told yet belongs in the answer.
      await flushCounts(env);
      return await metricsHub(env).read();
    },
    database: () => readDatabaseGauges(env, settings, Date.now()),
    shards: () => allShards(env, settings),
    standing: (shard) => readStanding(env, shard),
  };
}

/** Everything that is measured, as text for Prometheus. Never throws: a source that does not answer is said to be down. */
export async function scrape(sources: Sources, settings: Settings, log: Log, timeMs = sourceMs): Promise<string> {
  const down: string[] = [];
  const from = async <Answer>(source: string, read: Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await within(timeMs, read);
    } catch (error) {
      down.push(source);
      log.warn("metrics source down", { source, error });
      return undefined;
    }
  };
  const readQueues = async () => {
    const shards =
      (await from("shards", sources.shards())) ?? regionIds.flatMap((region) => shardsOf(region, settings.queueShards));
    const standings = await Promise.all(
      shards.map(async (shard) => [shard, await from(`queue:${shard}`, sources.standing(shard))] as const),
    );
    return {
      asked: shards,
      standings: new Map(standings.flatMap(([shard, standing]) => (standing ? [[shard, standing] as const] : []))),
    };
  };
  const [totals, database, { asked, standings }] = await Promise.all([
    from("counters", sources.totals()),
    from("database", sources.database()),
    readQueues(),
  ]);
  const names = ["counters", "database", "shards", ...asked.map((shard) => `queue:${shard}`)];
  return exposition(totals ?? { counters: {}, histograms: {} }, [
    ...(database ?? []),
    ...queueGauges(standings, settings.leaseMs, Date.now()),
    {
      name: "reelway_scrape_source_up",
      help: "1 for each source that answered this scrape in time",
      samples: names.map((source) => ({ labels: labelled({ source }), value: down.includes(source) ? 0 : 1 })),
    },
  ]);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      scheduler.wait(ms, { signal: late.signal }).then(() => Promise.reject(new Error(`no answer within ${ms} ms`))),
    ]);
  } finally {
    late.abort();
  }
}
