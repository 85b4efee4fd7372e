import { isTerminal, JobState } from "@reelway/shared/jobs/state-machine";
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { jobs } from "./schema.ts";

const liveStates = JobState.options.filter((state) => !isTerminal(state));

/** Whether a job that has not ended reads this asset, as its source or beside it. */
export function jobUsesAsset(tenantId: string | SQL, assetId: string | SQL): SQL {
  const reads = sql`${assetId} IN (${jobs.assetId}, ${jobs.spec} ->> '$.watermark.assetId', ${jobs.spec} ->> '$.subtitles.assetId')`;
  return sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${and(eq(jobs.tenantId, tenantId), inArray(jobs.state, liveStates), reads)})`;
}
