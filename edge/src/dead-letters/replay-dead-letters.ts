import type { DeadLetterOutcomes } from "@reelway/shared/contracts/dead-letter";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import type { Env } from "../env.ts";
import { placeRuns, type UnplacedRun } from "../jobs/place-runs.ts";
import { assetsOf, nextRunOf } from "../jobs/retry-job.ts";
import { isBeyond } from "../store/budgets.ts";
import { findAssets } from "../store/jobs.ts";
import type { AssetRow, JobRow } from "../store/rows.ts";
import { type NextRun, startNextRuns } from "../store/start-next-runs.ts";
import { outcomesOf } from "./outcomes.ts";
import type { SelectedDeadLetters } from "./select-dead-letters.ts";

export interface Replayed {
  readonly outcomes: DeadLetterOutcomes;
  /** What is to be handed to the queues now. */
  readonly dispatch: readonly JobToEnqueue[];
}

/**
 * Starts the next run of each failed job that can run again, all of a tenant's in one transaction with their outbox and
 * audit rows. However many ask at once, each gets one new run; the others hear `illegal_move`. Where a tenant's budget of
 * the day has not room for all of its own, none of them is started.
 */
export async function replayDeadLetters(
  env: Env,
  selected: SelectedDeadLetters,
  now: number,
  auditOf: (job: JobRow) => AuditEntry,
): Promise<Replayed> {
  const refusals = new Map<string, ErrorCode>();
  const done = new Set<string>();
  const dispatch: JobToEnqueue[] = [];
  for (const [tenantId, jobs] of Map.groupBy(selected.found, (job) => job.tenantId)) {
    const assets = await findAssets(env, tenantId, [...new Set(jobs.flatMap(assetsOf))]);
    const runs = jobs.flatMap((job) => plan(job, assets, refusals) ?? []);
    const placed = await place(env, tenantId, runs, now, refusals);
    if (placed.length === 0) continue;
    const audit = runs.map(({ job }) => auditOf(job));
    const started = await startNextRuns(env, tenantId, placed, now, audit);
    for (const { id } of started.jobs) done.add(id);
    dispatch.push(...started.dispatch);
    if (started.budget && isBeyond(started.budget))
      for (const { jobId } of placed) refusals.set(jobId, "budget_exhausted");
  }
  return { outcomes: outcomesOf(selected, "replayed", done, refusals), dispatch };
}

/** The next run of a job; what stands against it goes into `refusals`. */
function plan(job: JobRow, assets: readonly AssetRow[], refusals: Map<string, ErrorCode>): UnplacedRun | undefined {
  try {
    return nextRunOf(job, assets);
  } catch (error) {
    if (!(error instanceof ReelwayError)) throw error;
    refusals.set(job.id, error.code);
    return undefined;
  }
}

/** The same where no region takes them: the dead letters of other tenants are replayed all the same. */
async function place(
  env: Env,
  tenantId: string,
  runs: readonly UnplacedRun[],
  now: number,
  refusals: Map<string, ErrorCode>,
): Promise<NextRun[]> {
  try {
    return await placeRuns(env, tenantId, runs, now);
  } catch (error) {
    if (!(error instanceof ReelwayError)) throw error;
    for (const { jobId } of runs) refusals.set(jobId, error.code);
    return [];
  }
}
