import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RegionId } from "@reelway/shared/regions";
import { jobCreated } from "../events/new-event.ts";
import { replayedId } from "../http/idempotency.ts";
import type { Planner } from "../jobs/plan-jobs.ts";
import { refusal, refusedConnection } from "../jobs/refused-references.ts";
import { findAsset } from "../store/assets.ts";
import { insertWork } from "../store/insert-work.ts";
import { refuseBeyondBudget } from "../usage/refuse-beyond-budget.ts";
import type { AssetCreation, CreatedAsset } from "./asset-creation.ts";
import { newFetch } from "./new-fetch.ts";
import { wantedSource } from "./wanted-source.ts";

/** An asset that a runner fetches, with the job that does it. Throws `source_forbidden`, `invalid_request`, `budget_exhausted`. */
export async function createFetchedAsset(
  { env, settings, origin }: Planner,
  { wanted, request, audit }: AssetCreation,
  region: RegionId,
): Promise<CreatedAsset> {
  const source = wantedSource(settings, wanted, "");
  if (source === undefined) throw new ReelwayError("internal", "an asset without a source");
  const { name, contentType } = wanted;
  const { asset, job } = await newFetch(settings, origin, { source, name, contentType, region, batchId: null });
  const work = {
    tenantId: origin.tenantId,
    assets: [asset],
    jobs: [job],
    events: [await jobCreated(job)],
    audit: [
      audit({ action: "asset.create", resource: asset.id, detail: { source: source.kind } }),
      audit({ action: "job.create", resource: job.id, detail: { kind: job.kind, assetId: asset.id } }),
    ],
    references: {
      sourceAssetIds: [],
      sideAssetIds: [],
      sourceConnectionIds: source.kind === "connection" ? [source.connectionId] : [],
      destinationConnectionIds: [],
      reuse: null,
    },
    now: origin.now,
  };
  const claim = request && { ...request, resourceId: asset.id, createdAt: origin.now };
  const { stored, queued, share, budget, holder } = await insertWork(env, work, claim);
  if (stored)
    return { asset, replayed: false, dispatch: queued.map(({ outboxId }) => ({ outboxId, job, inputs: [], share })) };

  const existingId = request && replayedId(request, holder);
  if (existingId === undefined) refuseBeyondBudget(budget, origin.now);
  if (existingId === undefined) throw refusal([refusedConnection("source.connectionId", "source")]);
  const existing = await findAsset(env, origin.tenantId, existingId);
  if (!existing) throw new ReelwayError("not_found");
  return { asset: existing, replayed: true, dispatch: [] };
}
