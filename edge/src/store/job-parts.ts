import type { RegionId } from "@reelway/shared/regions";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import type { JobPartRow } from "./rows.ts";
import { jobParts, jobs } from "./schema.ts";

/** What fits together: parts of one plan, in one region's bucket. */
export interface PlanScope {
  readonly jobId: string;
  readonly planSha256: string;
  readonly region: RegionId;
}

function isOf({ jobId, planSha256, region }: PlanScope) {
  return and(eq(jobParts.jobId, jobId), eq(jobParts.planSha256, planSha256), eq(jobParts.region, region));
}

/** The finished parts of a plan that D1 knows. */
export function findParts(env: Env, scope: PlanScope): Promise<Pick<JobPartRow, "part" | "stored">[]> {
  return databaseOf(env).select({ part: jobParts.part, stored: jobParts.stored }).from(jobParts).where(isOf(scope));
}

/** One finished part, likewise. */
export async function findPart(
  env: Env,
  { part, ...scope }: PlanScope & { readonly part: string },
): Promise<JobPartRow["stored"] | undefined> {
  const [row] = await databaseOf(env)
    .select({ stored: jobParts.stored })
    .from(jobParts)
    .where(and(isOf(scope), eq(jobParts.part, part)));
  return row?.stored;
}

/** Where finished parts of these jobs lie, without repeats: runs that failed have left some that later ones use. */
export async function rootsOfParts(env: Env, jobIds: readonly string[]): Promise<PartRoot[]> {
  const rows = await databaseOf(env)
    .select({ jobId: jobParts.jobId, region: jobParts.region, prefix: jobParts.prefix })
    .from(jobParts)
    .where(sql`${jobParts.jobId} IN (SELECT value FROM json_each(${JSON.stringify(jobIds)}))`);
  const roots = rows.map(({ prefix, ...row }) => ({ ...row, root: prefix.split("/").slice(0, 3).join("/") }));
  return [...new Map(roots.map((root) => [`${root.jobId} ${root.region} ${root.root}`, root])).values()];
}

export interface PartRoot {
  readonly jobId: string;
  readonly region: RegionId;
  /** A run's storage root. */
  readonly root: string;
}

/**
 * The prefixes of the parts below a run's storage root that their job still needs. Where it has failed or was cancelled,
 * its time for a retry is over: in that moment its parts are nobody's any more, and none are kept. Nor are those of
 * another plan than the one by which it succeeded.
 */
export async function partsToKeep(env: Env, jobId: string, root: string): Promise<string[]> {
  const database = databaseOf(env);
  const below = sql`${jobParts.jobId} = ${jobId} AND substr(${jobParts.prefix}, 1, ${root.length}) = ${root}`;
  const given = sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${jobs.id} = ${jobId}
    AND (${jobs.state} IN ('failed', 'canceled') OR ${jobs.outputsErasedAt} IS NOT NULL
      OR (${jobs.state} = 'succeeded' AND ${jobParts.planSha256} <> ${lastPlanOf(jobId)})))`;
  const [, rows] = await database.batch([
    database.delete(jobParts).where(sql`${below} AND ${given}`),
    database.select({ prefix: jobParts.prefix }).from(jobParts).where(below),
  ]);
  return rows.map(({ prefix }) => prefix);
}

/** The SHA-256 of the plan that a job's parts were made by last: NULL where there is none. */
export function lastPlanOf(jobId: string): SQL {
  return sql`(SELECT plan.planSha256 FROM ${jobParts} AS plan WHERE plan.jobId = ${jobId} AND plan.part = 'plan')`;
}

/** The plan that a job's parts were made by last. */
export async function findPlanPart(
  env: Env,
  jobId: string,
): Promise<Pick<JobPartRow, "region" | "stored"> | undefined> {
  const [row] = await databaseOf(env)
    .select({ region: jobParts.region, stored: jobParts.stored })
    .from(jobParts)
    .where(and(eq(jobParts.jobId, jobId), eq(jobParts.part, "plan")));
  return row;
}

/** A finished part, without what it left. */
export type FinishedPart = Pick<JobPartRow, "part" | "runnerId" | "completedAt">;

/** What is finished of a job by its last plan. */
export function listFinishedParts(env: Env, jobId: string): Promise<FinishedPart[]> {
  return databaseOf(env)
    .select({ part: jobParts.part, runnerId: jobParts.runnerId, completedAt: jobParts.completedAt })
    .from(jobParts)
    .where(and(eq(jobParts.jobId, jobId), sql`${jobParts.planSha256} = ${lastPlanOf(jobId)}`));
}
