import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import type { Env } from "../env.ts";
import { placeRuns, type UnplacedRun } from "../jobs/place-runs.ts";
import { assetsOf, nextRunOf } from "../jobs/retry-job.ts";
import { listFailedJobs } from "../store/batches.ts";
import { findAssets } from "../store/jobs.ts";
import type { AssetRow, JobRow } from "../store/rows.ts";
import { startNextRuns } from "../store/start-next-runs.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";

/**
 * Runs the failed jobs of a batch again, in one transaction; where a source could not be fetched, that is tried once more.
 * Jobs whose assets are gone stay failed. Throws `budget_exhausted` where there are more than its day has left. Answers what is to be handed to the queues now.
 */
export async function retryFailed(
  env: Env,
  tenantId: string,
  batchId: string,
  now: number,
  audit: AuditEntry,
): Promise<{ retried: number; dispatch: readonly JobToEnqueue[] }> {
  const failed = await listFailedJobs(env, tenantId, batchId);
  if (failed.length === 0) return { retried: 0, dispatch: [] };
  const assets = await findAssets(env, tenantId, failed.flatMap(assetsOf));
  const runs = failed.flatMap((job) => nextRunIfUsable(job, assets));
  if (runs.length === 0) return { retried: 0, dispatch: [] };
  const placed = await placeRuns(env, tenantId, runs, now);
  const { jobs, dispatch, budget } = await startNextRuns(env, tenantId, placed, now, [audit]);
  refuseBeyondBudget(budget, now);
  return { retried: jobs.length, dispatch };
}

function nextRunIfUsable(job: JobRow, assets: readonly AssetRow[]): UnplacedRun[] {
  try {
    return [nextRunOf(job, assets)];
  } catch (error) {
    if (error instanceof ReelwayError) return [];
    throw error;
  }
}
