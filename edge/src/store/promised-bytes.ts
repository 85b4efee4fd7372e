import type { JobKind } from "@reelway/shared/contracts/job-spec";
import type { StoredManifest, StoredPart } from "@reelway/shared/contracts/manifest";
import type { RegionId } from "@reelway/shared/regions";
import { and, asc, eq, gt, isNotNull, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { lastPlanOf } from "./job-parts.ts";
import { assets, jobParts, jobs } from "./schema.ts";

export interface PromisedSource {
  readonly id: string;
  readonly tenantId: string;
  readonly region: RegionId;
  readonly name: string;
  readonly storageKey: string;
  readonly bytes: number;
  /** Null where none was noted. */
  readonly etag: string | null;
}

export interface PromisedResult {
  readonly id: string;
  readonly tenantId: string;
  readonly region: RegionId;
  readonly kind: JobKind;
  readonly manifest: StoredManifest;
}

/** What a part of a stream consists of, and where. */
export interface PromisedPart extends Pick<StoredPart, "prefix" | "outputs" | "segments"> {
  readonly part: string;
  readonly region: RegionId;
}

/** Those behind this id, or the one that has it. */
export type Which = { readonly after: string; readonly limit: number } | { readonly id: string };

/** Sources that are ready, by their ids. */
export function promisedSources(env: Env, which: Which): Promise<PromisedSource[]> {
  const { id, tenantId, region, name, storageKey, bytes, etag, state } = assets;
  return databaseOf(env)
    .select({ id, tenantId, region, name, storageKey, bytes, etag })
    .from(assets)
    .where(and(eq(state, "ready"), isOf(id, which)))
    .orderBy(asc(id))
    .limit(limitOf(which));
}

/** Results that are kept, by the ids of their jobs. What a fetch brought is its asset's. */
export function promisedResults(env: Env, which: Which): Promise<PromisedResult[]> {
  const { id, tenantId, region, kind, manifest, state, outputsErasedAt } = jobs;
  return databaseOf(env)
    .select({ id, tenantId, region, kind, manifest: sql<StoredManifest>`${manifest}`.mapWith(manifest) })
    .from(jobs)
    .where(
      and(
        ...[eq(state, "succeeded"), isNull(outputsErasedAt), isNotNull(manifest), ne(kind, "fetch")],
        isOf(id, which),
      ),
    )
    .orderBy(asc(id))
    .limit(limitOf(which));
}

/** Parts of the plan that a stream was made by, behind this one: what another plan left is swept, and promised to nobody. */
export function promisedParts(env: Env, jobId: string, after: string, limit: number): Promise<PromisedPart[]> {
  return databaseOf(env)
    .select({
      ...{ part: jobParts.part, region: jobParts.region, prefix: jobParts.prefix },
      // The rest of it is many times as long.
      outputs: sql<StoredPart["outputs"]>`${jobParts.stored} -> '$.outputs'`.mapWith(JSON.parse),
      segments: sql<StoredPart["segments"]>`${jobParts.stored} -> '$.segments'`.mapWith(JSON.parse),
    })
    .from(jobParts)
    .where(and(eq(jobParts.jobId, jobId), gt(jobParts.part, after), sql`${jobParts.planSha256} = ${lastPlanOf(jobId)}`))
    .orderBy(asc(jobParts.part))
    .limit(limit);
}

function isOf(column: SQLiteColumn, which: Which): SQL {
  return "id" in which ? eq(column, which.id) : gt(column, which.after);
}

function limitOf(which: Which): number {
  return "id" in which ? 1 : which.limit;
}
