import type { WantedSource } from "@reelway/shared/contracts/asset";
import { newRegionalId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { RegionId } from "@reelway/shared/regions";
import { type JobOrigin, newJob } from "../jobs/new-job.ts";
import type { Settings } from "../settings.ts";
import type { AssetRow, JobRow } from "../store/rows.ts";
import { newAsset } from "./new-asset.ts";
import { sealSource, shownSource } from "./sealed-source.ts";
import { nameOfSource } from "./source-name.ts";

export interface WantedFetch {
  readonly source: WantedSource;
  readonly name: string | undefined;
  readonly contentType: string;
  /** Where the bytes are to lie. */
  readonly region: RegionId;
  readonly batchId: string | null;
  readonly priority?: number;
  /** Only such runners touch the bytes. */
  readonly runnerLabels?: readonly string[];
}

export interface NewFetch {
  readonly asset: AssetRow;
  /** The job of kind `fetch` that brings the bytes. */
  readonly job: JobRow;
}

/** An asset that is to be fetched, with the job that does it: stored together. Its URL has passed the guard. */
export async function newFetch(settings: Settings, origin: JobOrigin, wanted: WantedFetch): Promise<NewFetch> {
  const { tenantId } = origin;
  const { region, batchId, runnerLabels = [], priority = limits.priorityDefault } = wanted;
  const fetchJobId = newRegionalId("job", region);
  const source = await sealSource(settings, { tenantId, fetchJobId }, wanted.source);
  // Nothing is ever put under its own key: the object that was fetched lies below its job's root.
  const asset = newAsset(origin, region, {
    name: wanted.name ?? nameOfSource(wanted.source),
    contentType: wanted.contentType,
    bytes: 0,
    state: "fetching",
    // Its query is for the job alone.
    source: shownSource(source),
    fetchJobId,
    batchId,
  });
  const job = newJob(settings, origin, {
    id: fetchJobId,
    assetId: asset.id,
    region,
    spec: { kind: "fetch", source },
    preset: null,
    priority,
    runnerLabels,
  });
  return { asset, job };
}
