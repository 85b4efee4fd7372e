import type { RegionThroughput } from "@reelway/shared/contracts/region";
import type { JobState } from "@reelway/shared/jobs/state-machine";
import type { RegionId } from "@reelway/shared/regions";
import { gte, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { jobs } from "./schema.ts";

/** How the jobs went that ended since a time, by region; a region without any is not there. */
export async function readThroughput(env: Env, since: number): Promise<Map<RegionId, RegionThroughput>> {
  const rows = await databaseOf(env)
    .select({ region: jobs.region, state: jobs.state, count: sql<number>`count(*)` })
    .from(jobs)
    .where(gte(jobs.finishedAt, since))
    .groupBy(jobs.region, jobs.state);
  const byRegion = Map.groupBy(rows, ({ region }) => region);
  return new Map([...byRegion].map(([region, ofRegion]) => [region, throughputOf(ofRegion)]));
}

export function throughputOf(rows: readonly { readonly state: JobState; readonly count: number }[]): RegionThroughput {
  const count = (state: JobState) => rows.find((row) => row.state === state)?.count ?? 0;
  const [succeeded, failed, canceled] = [count("succeeded"), count("failed"), count("canceled")];
  return { succeeded, failed, canceled, failureRate: succeeded + failed > 0 ? failed / (succeeded + failed) : null };
}
