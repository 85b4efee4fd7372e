import { and, between, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { selectBudget } from "./budgets.ts";
import { databaseOf } from "./database.ts";
import type { UsageDayRow } from "./rows.ts";
import { assets, jobs, tenants, usageDays } from "./schema.ts";

/** Days since the epoch, both included. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

export type UsageSums = Omit<UsageDayRow, "tenantId" | "day" | "jobsBegun" | "sourceBytes">;

/** What lies in the buckets now. */
export interface StoredSums {
  readonly sources: number;
  readonly sourceBytes: number;
  readonly results: number;
  readonly outputBytes: number;
}

const sumOf = (column: SQL | (typeof usageDays)[keyof UsageSums]) => sql<number>`coalesce(sum(${column}), 0)`;
const sums = {
  jobsSucceeded: sumOf(usageDays.jobsSucceeded),
  jobsFailed: sumOf(usageDays.jobsFailed),
  jobsCanceled: sumOf(usageDays.jobsCanceled),
  sourceMs: sumOf(usageDays.sourceMs),
  workMs: sumOf(usageDays.workMs),
  outputBytes: sumOf(usageDays.outputBytes),
  deliveredBytes: sumOf(usageDays.deliveredBytes),
};
// Written as their indexes have them, which hold all that is asked.
const isReady = sql`${assets.state} = 'ready'`;
const hasOutputs = and(sql`${jobs.state} = 'succeeded'`, isNull(jobs.outputsErasedAt), sql`${jobs.outputBytes} > 0`);
const sources = { sources: sql<number>`count(*)`, sourceBytes: sql<number>`coalesce(sum(${assets.bytes}), 0)` };
const results = { results: sql<number>`count(*)`, outputBytes: sql<number>`coalesce(sum(${jobs.outputBytes}), 0)` };
const nothingStored: StoredSums = { sources: 0, sourceBytes: 0, results: 0, outputBytes: 0 };

/** A tenant's days, oldest first, what it has stored now, and its budget of today. */
export async function readUsage(env: Env, tenantId: string, { from, to }: DaySpan, today: number) {
  const database = databaseOf(env);
  const [[budget], days, [source], [result]] = await database.batch([
    selectBudget(database, { tenantId, day: today }),
    database
      .select()
      .from(usageDays)
      .where(and(eq(usageDays.tenantId, tenantId), between(usageDays.day, from, to)))
      .orderBy(usageDays.day),
    database
      .select(sources)
      .from(assets)
      .where(and(eq(assets.tenantId, tenantId), isReady)),
    database
      .select(results)
      .from(jobs)
      .where(and(eq(jobs.tenantId, tenantId), hasOutputs)),
  ]);
  return { days, stored: { ...nothingStored, ...source, ...result }, budget };
}

/** Tenants, newest first, behind the one with this id, each with what it used in all and has stored now. */
export async function readUsageByTenant(env: Env, { from, to }: DaySpan, afterId: string | undefined, limit: number) {
  const database = databaseOf(env);
  const after = afterId === undefined ? undefined : lt(tenants.id, afterId);
  const ids = database.select({ id: tenants.id }).from(tenants).where(after).orderBy(desc(tenants.id)).limit(limit);
  const [page, used, source, result] = await database.batch([
    database.select().from(tenants).where(after).orderBy(desc(tenants.id)).limit(limit),
    database
      .select({ tenantId: usageDays.tenantId, ...sums })
      .from(usageDays)
      .where(and(sql`${usageDays.tenantId} IN ${ids}`, between(usageDays.day, from, to)))
      .groupBy(usageDays.tenantId),
    database
      .select({ tenantId: assets.tenantId, ...sources })
      .from(assets)
      .where(and(sql`${assets.tenantId} IN ${ids}`, isReady))
      .groupBy(assets.tenantId),
    database
      .select({ tenantId: jobs.tenantId, ...results })
      .from(jobs)
      .where(and(sql`${jobs.tenantId} IN ${ids}`, hasOutputs))
      .groupBy(jobs.tenantId),
  ]);
  return page.map(({ id, name }) => {
    const isIts = ({ tenantId }: { readonly tenantId: string }) => tenantId === id;
    const { sources, sourceBytes } = source.find(isIts) ?? nothingStored;
    const { results, outputBytes } = result.find(isIts) ?? nothingStored;
    return {
      id,
      name,
      used: used.find(isIts),
      stored: { sources, sourceBytes, results, outputBytes } satisfies StoredSums,
    };
  });
}

/** Adds what was delivered to tenants' days. */
export async function addDelivered(env: Env, bytesOf: ReadonlyMap<string, number>, day: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO usage_days (tenantId, day, deliveredBytes)
     SELECT value ->> '$[0]', ?2, value ->> '$[1]' FROM json_each(?1) WHERE true
     ON CONFLICT (tenantId, day) DO UPDATE SET deliveredBytes = deliveredBytes + excluded.deliveredBytes`,
  )
    .bind(JSON.stringify([...bytesOf]), day)
    .run();
}
