import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { ShardFacts } from "./facts.ts";

const Task = z.object({ id: z.string(), jobId: z.string(), state: z.string(), completions: z.int() });
const Value = z.object({ value: z.int() });
const Key = z.object({ key: z.string() });

/** What every RegionQueue that was ever used stores, below the simulator's folder of Durable Objects. */
export function readShards(dataDir: string): ShardFacts[] {
  const folder = join(dataDir, "state", "v3", "do");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /RegionQueue.*\.sqlite$/.test(name) && !name.endsWith("metadata.sqlite"))
    .flatMap((name) => readShard(join(folder, name), name) ?? []);
}

function readShard(path: string, name: string): ShardFacts | null {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = <Row>(schema: z.ZodType<Row>, sql: string): Row[] =>
      z.array(schema).parse(database.prepare(sql).all());
    const value = (sql: string) => rows(Value, sql)[0]?.value ?? 0;
    if (value("SELECT count(*) AS value FROM sqlite_master WHERE name = 'queue_schema'") === 0) return null;
    return {
      name,
      tasks: rows(
        Task,
        `SELECT task_id AS id, job_id AS jobId, state,
          (SELECT count(*) FROM json_each(attempts) WHERE value ->> '$.outcome' = 'completed') AS completions
          FROM tasks`,
      ),
      openJobs: value("SELECT count(*) AS value FROM jobs WHERE state = 'active'"),
      activeLeases: value("SELECT coalesce(sum(active_leases), 0) AS value FROM tenants"),
      pausedBreakers: rows(Key, "SELECT key FROM breakers WHERE state <> 'closed'").map(({ key }) => key),
      lastSequence: value("SELECT coalesce(max(sequence), 0) AS value FROM events"),
      acknowledged: value("SELECT sequence AS value FROM acknowledged"),
    };
  } finally {
    database.close();
  }
}
