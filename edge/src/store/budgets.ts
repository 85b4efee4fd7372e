import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import { tenants, usageDays } from "./schema.ts";

/** What a request asks for: runs of jobs, or room for the bytes of an upload. */
export type BudgetClaim = { readonly jobs: number } | { readonly bytes: number };

/** Whose budget, on which day since the epoch by UTC. */
export interface BudgetDay {
  readonly tenantId: string;
  readonly day: number;
}

const used = {
  jobs: sql<number>`coalesce(${usageDays.jobsBegun}, 0)`,
  workMs: sql<number>`coalesce(${usageDays.workMs}, 0)`,
  bytes: sql<number>`(coalesce(${usageDays.sourceBytes}, 0) + coalesce(${usageDays.outputBytes}, 0))`,
};
const limits = {
  jobsPerDay: tenants.budgetJobs,
  workMinutesPerDay: tenants.budgetWorkMinutes,
  bytesPerDay: tenants.budgetBytes,
};

/**
 * Which limits a claim goes beyond; a figure without a limit never is. What a job works and makes is known at its end
 * alone: a new one is refused once these are used up. An upload concerns the bytes alone.
 */
function beyond(claim: BudgetClaim): Record<"jobs" | "workMinutes" | "bytes", SQL<number>> {
  const no = sql<number>`0`;
  if ("bytes" in claim)
    return {
      jobs: no,
      workMinutes: no,
      bytes: sql`coalesce(${used.bytes} + ${claim.bytes} > ${limits.bytesPerDay}, 0)`,
    };
  return {
    jobs: sql`coalesce(${used.jobs} + ${claim.jobs} > ${limits.jobsPerDay}, 0)`,
    workMinutes: sql`coalesce(${used.workMs} >= ${limits.workMinutesPerDay} * 60000, 0)`,
    bytes: sql`coalesce(${used.bytes} >= ${limits.bytesPerDay}, 0)`,
  };
}

/** A tenant's limits and what it has used of them that day, as of this statement of a batch: one row. */
export function selectBudget(database: Database, { tenantId, day }: BudgetDay, claim: BudgetClaim = { bytes: 0 }) {
  const over = beyond(claim);
  return database
    .select({
      ...limits,
      // Named: D1 gives a batch's rows by the names of their columns.
      used: { jobs: used.jobs.as("usedJobs"), workMs: used.workMs.as("usedWorkMs"), bytes: used.bytes.as("usedBytes") },
      beyond: {
        jobs: over.jobs.as("beyondJobs"),
        workMinutes: over.workMinutes.as("beyondWorkMinutes"),
        bytes: over.bytes.as("beyondBytes"),
      },
    })
    .from(tenants)
    .leftJoin(usageDays, and(eq(usageDays.tenantId, tenants.id), eq(usageDays.day, day)))
    .where(eq(tenants.id, tenantId));
}
export type BudgetRow = Awaited<ReturnType<typeof selectBudget>>[number];

/** Whether the claim that the row was asked for goes beyond a limit. */
export function isBeyond(row: BudgetRow): boolean {
  return Object.values(row.beyond).some((beyond) => beyond !== 0);
}

/** True where the claim goes beyond no limit: in the statements of a batch before it is counted. */
export function withinBudget({ tenantId, day }: BudgetDay, claim: BudgetClaim): SQL {
  const { jobs, workMinutes, bytes } = beyond(claim);
  return sql`NOT EXISTS (SELECT 1 FROM ${tenants} LEFT JOIN ${usageDays}
    ON ${usageDays.tenantId} = ${tenants.id} AND ${usageDays.day} = ${day}
    WHERE ${tenants.id} = ${tenantId} AND (${jobs} OR ${workMinutes} OR ${bytes}))`;
}

/** Counts a claim that was granted: the last statement of its batch, or those behind it would find it counted. */
export function countClaim(database: Database, { tenantId, day }: BudgetDay, claim: BudgetClaim, condition: SQL) {
  const row = "jobs" in claim ? { jobsBegun: claim.jobs } : { sourceBytes: claim.bytes };
  return insertWhere(database, usageDays, { tenantId, day, ...row }, condition).onConflictDoUpdate({
    target: [usageDays.tenantId, usageDays.day],
    set: {
      jobsBegun: sql`jobsBegun + excluded.jobsBegun`,
      sourceBytes: sql`sourceBytes + excluded.sourceBytes`,
    },
  });
}
