import type { JobRequest } from "@reelway/shared/contracts/job";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { z } from "zod";
import type { Auditor } from "../audit/audit-entry.ts";
import type { JobToEnqueue } from "../dispatch/deliver.ts";
import { jobCreated } from "../events/new-event.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import { insertWork, type StoredWork } from "../store/insert-work.ts";
import { findJob } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";
import { inputsOf } from "./job-inputs.ts";
import type { JobOrigin } from "./new-job.ts";
import { type PlannedJobs, type PlannedSource, type Planner, planJobs } from "./plan-jobs.ts";
import { refusal, refusedReferences } from "./refused-references.ts";

export interface JobCreation {
  readonly wanted: z.output<typeof JobRequest>;
  readonly request: IdempotentRequest | undefined;
  readonly audit: Auditor;
}

export interface CreatedJob {
  readonly job: JobRow;
  readonly replayed: boolean;
  /** What is to be handed to the queue now; nothing for a replay. */
  readonly dispatch: readonly JobToEnqueue[];
}

/**
 * Accepts a job, in one round trip to D1: with it, where its source is yet to be fetched, the asset and the job that
 * fetches it. When it returns, all is stored with the outbox rows that will bring it to its queue, whatever dies. Throws
 * `invalid_request`, `source_forbidden`, `region_unavailable`, `not_found`, `asset_not_ready`, `asset_failed`,
 * `idempotency_mismatch`, `budget_exhausted`.
 */
export async function createJob(planner: Planner, { wanted, request, audit }: JobCreation): Promise<CreatedJob> {
  const { env, origin } = planner;
  const { assetId, sourceUrl, source, ...order } = wanted;
  const sources: PlannedSource[] = [{ assetId, sourceUrl, source, path: "" }];
  const planned = await planJobs(planner, order, sources, { batchId: null, orderPath: "" });
  const [job] = planned.jobs;
  if (!job) throw new ReelwayError("internal", "a source without a job");

  const claim = request && { ...request, resourceId: job.id, createdAt: origin.now };
  const stored = await insertWork(env, await workOf(planned, origin, audit), claim);
  if (stored.stored) return { ...acceptedOf(job, stored), replayed: false, dispatch: toDispatch(planned, stored) };
  const before = request && replayedId(request, stored.holder);
  if (before === undefined) refuseBeyondBudget(stored.budget, origin.now);
  if (before === undefined) throw refusal(refusedReferences(planned, sources, stored, ""));
  const existing = await findJob(env, origin.tenantId, before);
  if (!existing) throw new ReelwayError("not_found");
  return { job: existing, replayed: true, dispatch: [] };
}

async function workOf({ jobs, fetches, references }: PlannedJobs, { tenantId, now }: JobOrigin, audit: Auditor) {
  // The fetch first: what is listed by age shows it before the job that waits for it.
  const all = [...fetches.map(({ job }) => job), ...jobs];
  return {
    tenantId,
    assets: fetches.map(({ asset }) => asset),
    jobs: all,
    events: await Promise.all(all.map(jobCreated)),
    audit: [
      ...fetches.map(({ asset }) => audit({ action: "asset.create", resource: asset.id })),
      ...all.map(({ id, kind, assetId }) => audit({ action: "job.create", resource: id, detail: { kind, assetId } })),
    ],
    references,
    now,
  };
}

/** The job as it was stored: whether it waits for a source that somebody else's request fetches, only the store knew. */
function acceptedOf(job: JobRow, { queued }: StoredWork): { job: JobRow } {
  return { job: { ...job, awaitsSource: !queued.some(({ jobId }) => jobId === job.id) } };
}

/** Of what was stored, that which needn't wait for its source. */
export function toDispatch(
  { jobs, fetches }: PlannedJobs,
  { queued, assets, share }: Pick<StoredWork, "queued" | "assets" | "share">,
): JobToEnqueue[] {
  const jobById = new Map([...fetches.map(({ job }) => job), ...jobs].map((job) => [job.id, job]));
  const assetById = new Map(assets.map((asset) => [asset.id, asset]));
  return queued.flatMap(({ outboxId, jobId }) => {
    const job = jobById.get(jobId);
    return job ? [{ outboxId, job, inputs: inputsOf(job, assetById), share }] : [];
  });
}
