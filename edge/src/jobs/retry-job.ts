import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { newStorageRoot } from "../storage/storage-root.ts";
import { findAssets, findJob } from "../store/jobs.ts";
import type { AssetRow, JobRow } from "../store/rows.ts";
import { startNextRuns } from "../store/start-next-runs.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";
import type { CreatedJob } from "./create-job.ts";
import { inputReferences } from "./job-inputs.ts";
import { placeRuns, type UnplacedRun } from "./place-runs.ts";
import { refusal, refusedInput } from "./refused-references.ts";

/**
 * Starts the next run of a failed or cancelled job; where its source could not be fetched, that is tried once more first.
 * Throws `illegal_move`, `region_unavailable`, `budget_exhausted`, or why its assets can't be used any more.
 */
export async function retryJob(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit?: AuditEntry,
): Promise<CreatedJob> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  const run = nextRunOf(job, await findAssets(env, tenantId, assetsOf(job)));
  const started = await startNextRuns(
    env,
    tenantId,
    await placeRuns(env, tenantId, [run], now),
    now,
    audit ? [audit] : [],
  );
  const next = started.jobs.find((row) => row.id === id);
  if (!next) refuseBeyondBudget(started.budget, now);
  if (!next) throw new ReelwayError("illegal_move", "The job has been changed meanwhile");
  return { job: next, replayed: false, dispatch: started.dispatch };
}

/** The assets that decide whether a job can run again. */
export function assetsOf(job: JobRow): string[] {
  return [...new Set([job.assetId, ...inputReferences(job).map(({ assetId }) => assetId)])];
}

/**
 * The next run of a job, with that of its source's fetch where this failed; `assets` holds those that it needs. Throws
 * `illegal_move`, or why its assets can't be used any more.
 */
export function nextRunOf(job: JobRow, assets: readonly AssetRow[]): UnplacedRun {
  const allowed = movesInto("queued").filter(isTerminal);
  if (!allowed.includes(job.state))
    throw new ReelwayError("illegal_move", `The job is ${job.state}; it can be retried when ${allowed.join(" or ")}`);
  const source = assets.find(({ id }) => id === job.assetId);
  const fetchAgain = job.kind !== "fetch" && source?.state === "failed" && source.fetchJobId !== null;
  const usable = fetchAgain ? assets.map((asset) => asUsable(asset, job)) : assets;
  refuseUnusable(job, usable);
  refuseDeleted(job, assets);
  const root = () => newStorageRoot(job.tenantId);
  return {
    job,
    jobId: job.id,
    run: job.run,
    storageRoot: root(),
    fetch: fetchAgain && source.fetchJobId !== null ? { jobId: source.fetchJobId, storageRoot: root() } : null,
  };
}

/** What a job reads may have gone since its last run. */
function refuseUnusable(job: JobRow, assets: readonly AssetRow[]): void {
  const assetById = new Map(assets.map((asset) => [asset.id, asset]));
  const refused = inputReferences(job).flatMap((reference) =>
    refusedInput(reference, assetById, `spec.${reference.role}.assetId`),
  );
  if (refused.length > 0) throw refusal(refused);
}

/** The source that is fetched again counts as on its way. */
function asUsable(asset: AssetRow, job: JobRow): AssetRow {
  return asset.id === job.assetId ? { ...asset, state: "fetching" } : asset;
}

/** A fetch whose asset was deleted has nothing to bring its bytes to. */
function refuseDeleted(job: JobRow, assets: readonly AssetRow[]): void {
  const asset = assets.find(({ id }) => id === job.assetId);
  if (job.kind === "fetch" && (!asset || asset.state === "deleted"))
    throw new ReelwayError("not_found", "Its asset has been deleted");
}
