import type { ShardName } from "@reelway/shared/ids";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import type { RegionId } from "@reelway/shared/regions";
import { sql } from "drizzle-orm";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import { readOutboxEntries } from "../dispatch/outbox-entries.ts";
import type { Env } from "../env.ts";
import { dayOf } from "../usage/days.ts";
import { type BudgetRow, selectBudget, withinBudget } from "./budgets.ts";
import { databaseOf } from "./database.ts";
import { insertRows, listed } from "./insert-rows.ts";
import type { JobRow } from "./rows.ts";
import { assets, auditLog, jobs, outbox } from "./schema.ts";
import { selectRow } from "./select-row.ts";
import { statementOf } from "./statement.ts";

/** The run that is to follow a job's `run`. */
export interface NextRun {
  readonly jobId: string;
  readonly run: number;
  readonly storageRoot: string;
  readonly region: RegionId;
  readonly shard: ShardName;
  /** The fetch of its source, where that is to be tried once more too. A fetch stays in its asset's region. */
  readonly fetch: { readonly jobId: string; readonly storageRoot: string } | null;
}

export interface StartedRuns {
  /** As they are now; a job that could not be started is not among them. */
  readonly jobs: readonly JobRow[];
  readonly dispatch: readonly JobToEnqueue[];
  /** What the tenant's budget said to all of them, where none was started. */
  readonly budget: BudgetRow | undefined;
}

/** As a fresh run: nothing is left of the one before. */
const fresh = {
  state: "queued",
  attempt: 0,
  error: null,
  manifest: null,
  startedAt: null,
  playableAt: null,
  finishedAt: null,
  discardedAt: null,
} as const;

const mayStart = movesInto("queued")
  .filter(isTerminal)
  .map((state) => `'${state}'`)
  .join(", ");

/**
 * Begins the next runs of ended jobs, each with a storage root of its own and its outbox row, in one transaction. A job
 * whose source is being fetched waits for it. What was changed meanwhile, or whose assets are gone, is left as it is; so
 * are all where the tenant's budget of the day has not room for each of them.
 */
export async function startNextRuns(
  env: Env,
  tenantId: string,
  runs: readonly NextRun[],
  now: number,
  audit: readonly AuditEntry[],
): Promise<StartedRuns> {
  const database = databaseOf(env);
  const fetches = uniqueFetches(runs);
  const ids = runs.map(({ jobId }) => jobId);
  const all = [...fetches, ...runs];
  const allIds = all.map(({ jobId }) => jobId);

  // The new root is this call's own: who has it was started here, and not by another call of the same moment.
  const started = sql`${jobs.id} IN ${listed(allIds)} AND ${jobs.storageRoot} IN ${listed(all.map(({ storageRoot }) => storageRoot))}`;
  // Fetches of sources, and fetches that are asked for themselves.
  const runOf = (rows: readonly unknown[]) =>
    sql`(SELECT value ->> '$.jobId' AS jobId, value ->> '$.run' AS run, value ->> '$.storageRoot' AS storageRoot,
      value ->> '$.region' AS region, value ->> '$.shard' AS shard FROM json_each(${JSON.stringify(rows)})) AS e`;
  const next = { ...fresh, run: sql`${jobs.run} + 1`, storageRoot: sql`e.storageRoot`, updatedAt: now };
  const [on, claims] = [{ tenantId, day: dayOf(now) }, { jobs: all.length }];
  const mayRun = sql`${withinBudget(on, claims)} AND ${jobs.id} = e.jobId AND ${jobs.tenantId} = ${tenantId} AND ${jobs.state} IN (${sql.raw(mayStart)})`;
  const startFetches = database
    .update(jobs)
    .set(next)
    .from(runOf(all))
    .where(sql`${mayRun} AND ${jobs.kind} = 'fetch'
    AND (e.run IS NULL OR ${jobs.run} = e.run)
    AND EXISTS (SELECT 1 FROM ${assets} WHERE ${assets.id} = ${jobs.assetId} AND ${assets.fetchJobId} = ${jobs.id}
      AND ${assets.state} = 'failed')`);
  const moveAssets = database
    .update(assets)
    .set({ state: "fetching", error: null })
    .where(sql`
    ${assets.tenantId} = ${tenantId} AND ${assets.state} = 'failed'
      AND ${assets.id} IN (SELECT ${jobs.assetId} FROM ${jobs} WHERE ${started})
      AND ${assets.fetchJobId} IN (SELECT ${jobs.id} FROM ${jobs} WHERE ${started})`);
  const sideReady = (path: string) =>
    sql`(${jobs.spec} ->> ${path} IS NULL OR EXISTS (SELECT 1 FROM ${assets}
      WHERE ${assets.id} = ${jobs.spec} ->> ${path} AND ${assets.tenantId} = ${tenantId} AND ${assets.state} = 'ready'))`;
  const startJobs = database
    .update(jobs)
    .set({ ...next, region: sql`e.region`, shard: sql`e.shard`, awaitsSource: sql`source.state = 'fetching'` })
    .from(sql`${runOf(runs)}, ${assets} AS source`)
    .where(sql`${mayRun} AND ${jobs.kind} <> 'fetch' AND ${jobs.run} = e.run
      AND source.id = ${jobs.assetId} AND source.tenantId = ${tenantId} AND source.state IN ('ready', 'fetching')
      AND ${sideReady("$.watermark.assetId")} AND ${sideReady("$.subtitles.assetId")}`);
  const enqueue = database
    .insert(outbox)
    .select(
      selectRow(
        outbox,
        {
          jobId: sql`${jobs.id}`,
          run: sql`${jobs.run}`,
          action: sql`'enqueue'`,
          shard: sql`${jobs.shard}`,
          createdAt: sql`${now}`,
          sentAt: sql`${now}`,
        },
        sql`FROM ${jobs} WHERE ${started} AND ${jobs.awaitsSource} = 0`,
      ),
    )
    .onConflictDoNothing()
    .returning({ id: outbox.id });
  // An audit row about one of the jobs is stored where that one was started; any other where at least one was.
  const resource = sql.raw("value ->> '$.resource'");
  const isStarted = sql`(${resource} IN (SELECT ${jobs.id} FROM ${jobs} WHERE ${started})
    OR (${resource} NOT IN ${listed(ids)} AND EXISTS (SELECT 1 FROM ${jobs} WHERE ${started})))`;

  const statements = [startFetches, moveAssets, startJobs, enqueue].map((query) => statementOf(env, query));
  if (audit.length > 0) statements.push(statementOf(env, insertRows(database, auditLog, audit, isStarted)));
  // Only those that were started: what is counted is the last, or the others would find it counted.
  const count = sql`INSERT INTO usage_days (tenantId, day, jobsBegun)
    SELECT ${tenantId}, ${on.day}, count(*) FROM ${jobs} WHERE ${started} HAVING count(*) > 0
    ON CONFLICT (tenantId, day) DO UPDATE SET jobsBegun = jobsBegun + excluded.jobsBegun`;
  statements.push(statementOf(env, count));
  const results = await env.DB.batch<{ id: number }>(statements);
  const queued = results[3]?.results.map(({ id }) => id) ?? [];
  const [entries, rows] = await Promise.all([
    readOutboxEntries(env, queued),
    database.select().from(jobs).where(started),
  ]);
  const [budget] = rows.length === 0 ? await selectBudget(database, on, claims) : [];
  const dispatch = entries.map(({ row, ...entry }) => ({ outboxId: row.id, ...entry }));
  const startedJobs = rows.filter(({ id }) => ids.includes(id));
  return { jobs: startedJobs, dispatch, budget };
}

/** Two jobs may wait for one source: it is fetched once. */
function uniqueFetches(runs: readonly NextRun[]): { jobId: string; storageRoot: string }[] {
  const fetches = runs.flatMap(({ fetch }) => (fetch ? [fetch] : []));
  return [...new Map(fetches.map((fetch) => [fetch.jobId, fetch])).values()];
}
