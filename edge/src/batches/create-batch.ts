import type { BatchRequest } from "@reelway/shared/contracts/batch";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { z } from "zod";
import type { Auditor } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import { jobCreated } from "../events/new-event.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import { invalidField } from "../http/invalid-field.ts";
import { toDispatch } from "../jobs/create-job.ts";
import { type PlannedJobs, type PlannedSource, type Planner, planJobs } from "../jobs/plan-jobs.ts";
import { refusedReferences } from "../jobs/refused-references.ts";
import { type CountedBatch, findBatch } from "../store/batches.ts";
import { insertWork, type NewWork } from "../store/insert-work.ts";
import type { BatchRow } from "../store/rows.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";

/** What all rows of a batch may come to: common metadata is stored once per job. */
const MAX_STORED_BYTES = 4 * 1024 * 1024;
const ORDER_PATH = "job.";

export interface BatchCreation {
  readonly wanted: z.output<typeof BatchRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly audit: Auditor;
}

export interface CreatedBatch {
  readonly batch: CountedBatch;
  readonly replayed: boolean;
  readonly dispatch: readonly JobToEnqueue[];
}

/**
 * Accepts many sources at once, one job each: all in one transaction or none. What is wrong with a source is told by its
 * index; what fails later fails alone. Throws `invalid_request`, `source_forbidden`, `region_unavailable`,
 * `idempotency_mismatch`, and `budget_exhausted` where it has more jobs than the budget of the day has left.
 */
export async function createBatch(planner: Planner, { wanted, request, audit }: BatchCreation): Promise<CreatedBatch> {
  const { env, origin } = planner;
  const { tenantId, now } = origin;
  const batch: BatchRow = {
    id: newId("bat"),
    tenantId,
    name: wanted.name,
    total: wanted.sources.length,
    metadata: wanted.metadata,
    createdAt: now,
    canceledAt: null,
  };
  const sources: PlannedSource[] = wanted.sources.map((source, index) => ({ ...source, path: `sources.${index}.` }));
  const planned = await planJobs(planner, wanted.job, sources, { batchId: batch.id, orderPath: ORDER_PATH });
  refuseLarge(planned);

  const claim = request && { ...request, resourceId: batch.id, createdAt: now };
  const stored = await insertWork(env, await workOf(batch, planned, audit), claim);
  if (stored.stored) {
    const counted = { batch, counts: { queued: batch.total } };
    return { batch: counted, replayed: false, dispatch: toDispatch(planned, stored) };
  }
  const before = request && replayedId(request, stored.holder);
  if (before === undefined) {
    refuseBeyondBudget(stored.budget, now);
    const errors = refusedReferences(planned, sources, stored, ORDER_PATH).map(({ path, message }) => ({
      path,
      message,
    }));
    throw new ReelwayError("invalid_request", undefined, { errors });
  }
  const existing = await findBatch(env, tenantId, before);
  if (!existing) throw new ReelwayError("not_found");
  return { batch: existing, replayed: true, dispatch: [] };
}

async function workOf(batch: BatchRow, { jobs, fetches, references }: PlannedJobs, audit: Auditor): Promise<NewWork> {
  const all = [...fetches.map(({ job }) => job), ...jobs];
  return {
    tenantId: batch.tenantId,
    batch,
    assets: fetches.map(({ asset }) => asset),
    jobs: all,
    events: await Promise.all(all.map(jobCreated)),
    // One line for the batch: its jobs name it.
    audit: [
      audit({ action: "batch.create", resource: batch.id, detail: { jobs: jobs.length, fetches: fetches.length } }),
    ],
    references,
    now: batch.createdAt,
  };
}

function refuseLarge({ jobs }: PlannedJobs): void {
  const bytes = jobs.reduce((sum, job) => sum + JSON.stringify(job).length, 0);
  if (bytes <= MAX_STORED_BYTES) return;
  throw invalidField("job", "is too large for this many sources; give less metadata or fewer sources");
}
