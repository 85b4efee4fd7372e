import type { StoredPart } from "@reelway/shared/contracts/manifest";
import type { RegionId } from "@reelway/shared/regions";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { type Database, databaseOf } from "./database.ts";
import { jobParts, jobs } from "./schema.ts";

/** A stream that new work is to take renditions of. */
export interface ReuseReference {
  readonly jobId: string;
  /** Of which the new work is: the stream has to be of the same one. */
  readonly assetIds: readonly string[];
  /** Sizes that it has to have. */
  readonly except: readonly string[];
}

/** The names of a planned stream's sizes, as a table with the column `name`. */
const sizes = sql`(SELECT rendition.value ->> '$.name' AS name
  FROM ${jobParts} AS plan, json_each(plan.stored, '$.title.video.renditions') AS rendition
  WHERE plan.jobId = ${jobs.id} AND plan.part = 'plan')`;

/** What there is of it, for whoever has to say why it can't be taken. */
export function selectReused(database: Database, tenantId: string, reference: ReuseReference | null) {
  return database
    .select({
      assetId: jobs.assetId,
      kind: jobs.kind,
      state: jobs.state,
      outputsErasedAt: jobs.outputsErasedAt,
      sizes: sql<string>`(SELECT json_group_array(name) FROM ${sizes})`.mapWith((text: string): string[] =>
        JSON.parse(text),
      ),
    })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, reference?.jobId ?? "")));
}

export type ReusedRow = Awaited<ReturnType<typeof selectReused>>[number];

/** True when the tenant's stream may be taken of: it is of the same asset, has ended well, and its files are there. */
export function isReusable(tenantId: string, { jobId, assetIds, except }: ReuseReference): SQL {
  return sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${jobs.id} = ${jobId} AND ${jobs.tenantId} = ${tenantId}
    AND ${jobs.kind} = 'stream' AND ${jobs.state} = 'succeeded' AND ${jobs.outputsErasedAt} IS NULL
    AND NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(assetIds)}) WHERE value <> ${jobs.assetId})
    AND NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(except)}) WHERE value NOT IN ${sizes}))`;
}

/** A finished part of another stream, of which a chunk takes renditions. */
export interface ReusedPart {
  readonly region: RegionId;
  readonly stored: StoredPart;
  /** Its files have been deleted, or are about to be. */
  readonly isErased: boolean;
}

/** The part of this plan, if the tenant's stream still has it. */
export async function findReusedPart(
  env: Env,
  { tenantId, jobId, planSha256, part }: Readonly<Record<"tenantId" | "jobId" | "planSha256" | "part", string>>,
): Promise<ReusedPart | undefined> {
  const [row] = await databaseOf(env)
    .select({ region: jobParts.region, stored: jobParts.stored, erasedAt: jobs.outputsErasedAt })
    .from(jobParts)
    .innerJoin(jobs, and(eq(jobs.id, jobParts.jobId), eq(jobs.tenantId, tenantId)))
    .where(and(eq(jobParts.jobId, jobId), eq(jobParts.part, part), eq(jobParts.planSha256, planSha256)));
  return row && { region: row.region, stored: row.stored, isErased: row.erasedAt !== null };
}
