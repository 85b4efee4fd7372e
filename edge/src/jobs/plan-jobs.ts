import type { JobOrder, JobSource } from "@reelway/shared/contracts/job";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId, regionOf } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { Place, RegionId } from "@reelway/shared/regions";
import type { z } from "zod";
import { type NewFetch, newFetch } from "../assets/new-fetch.ts";
import { wantedSource } from "../assets/wanted-source.ts";
import type { Env } from "../env.ts";
import { invalidField } from "../http/invalid-field.ts";
import { placeAsset, placeJob } from "../regions/place.ts";
import type { Settings } from "../settings.ts";
import type { WorkReferences } from "../store/insert-work.ts";
import type { JobRow } from "../store/rows.ts";
import { webhookUrlOf } from "../webhooks/webhook-url.ts";
import { sideReferences } from "./job-inputs.ts";
import { type JobOrigin, newJob } from "./new-job.ts";
import { type ResolvedSpec, resolveSpec } from "./resolve-spec.ts";

export interface Planner {
  readonly env: Env;
  readonly settings: Settings;
  readonly origin: JobOrigin;
  /** Where the caller is: near it goes what has no region yet. */
  readonly place: Place;
}

/** One source of an order, with what its job has of its own. */
export interface PlannedSource extends z.output<typeof JobSource> {
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Where it lies in the request: `sources.3.`, or nothing for a single job. */
  readonly path: string;
}

export interface PlannedJobs {
  readonly resolved: ResolvedSpec;
  /** In the order of the sources. */
  readonly jobs: readonly JobRow[];
  readonly fetches: readonly NewFetch[];
  readonly references: WorkReferences;
}

/**
 * The rows of one job per source, and of the fetches that bring what is not an asset yet; nothing is stored.
 * Throws `invalid_request` and `source_forbidden` with the paths of the caller's fields, `region_unavailable`.
 */
export async function planJobs(
  planner: Planner,
  order: JobOrder,
  sources: readonly PlannedSource[],
  { batchId, orderPath }: { batchId: string | null; orderPath: string },
): Promise<PlannedJobs> {
  const { env, settings, origin, place } = planner;
  const { tenantId, now } = origin;
  refuseFarStart(order.startAt, now, orderPath);
  const resolved = resolveSpec(order, orderPath);
  const webhookUrl = order.webhookUrl && webhookUrlOf(settings, order.webhookUrl, `${orderPath}webhookUrl`);
  const wanted = fetchesOf(settings, sources);

  const regionOfJob = await jobRegions(wanted, (assetRegion) =>
    placeJob(env, settings, { tenantId, assetRegion, now }),
  );
  const newAssetRegion = wanted.some(({ fetch }) => fetch !== undefined)
    ? await placeAsset(env, settings, { tenantId, place, now })
    : undefined;

  const jobs: JobRow[] = [];
  const fetches: NewFetch[] = [];
  for (const { assetId, fetch, tags, metadata } of wanted) {
    const fetched =
      fetch && newAssetRegion
        ? await newFetch(settings, origin, {
            source: fetch,
            name: undefined,
            contentType: "application/octet-stream",
            region: newAssetRegion,
            batchId,
            priority: order.priority,
            runnerLabels: order.runnerLabels,
          })
        : undefined;
    if (fetched) fetches.push(fetched);
    const sourceId = fetched?.asset.id ?? assetId;
    const region = fetched?.asset.region ?? regionOfJob.get(regionOf(assetId ?? ""));
    if (sourceId === undefined || region === undefined) throw new ReelwayError("internal", "a source without a place");
    const { spec, preset } = resolved;
    const id = newRegionalId("job", region);
    const own = { tags: tags ?? order.tags, metadata: metadata ?? order.metadata, webhookUrl, batchId };
    const job = newJob(settings, origin, { ...order, ...own, id, assetId: sourceId, region, spec, preset });
    jobs.push({ ...job, awaitsSource: fetched !== undefined });
  }
  return { resolved, jobs, fetches, references: referencesOf(wanted, order, resolved, jobs) };
}

function refuseFarStart(startAt: number | undefined, now: number, orderPath: string): void {
  if (startAt === undefined || startAt <= now + limits.startDelayMs) return;
  throw invalidField(`${orderPath}startAt`, `must be within ${limits.startDelayMs / 86_400_000} days`);
}

/** The sources with what is to be fetched; nothing where one is an asset. Throws `source_forbidden`, naming every bad one. */
function fetchesOf(settings: Settings, sources: readonly PlannedSource[]) {
  const refused: ReelwayError[] = [];
  const wanted = sources.map((source) => {
    try {
      return { ...source, fetch: wantedSource(settings, source, source.path) };
    } catch (error) {
      if (!(error instanceof ReelwayError)) throw error;
      refused.push(error);
      return { ...source, fetch: undefined };
    }
  });
  const [first] = refused;
  if (first) throw new ReelwayError(first.code, first.message, { errors: refused.flatMap(({ errors }) => errors) });
  return wanted;
}

/** Where the jobs of assets are done, by the region that the assets' ids name. */
async function jobRegions(
  sources: readonly PlannedSource[],
  placeOf: (assetRegion: RegionId) => Promise<RegionId>,
): Promise<Map<RegionId, RegionId>> {
  const regions = new Set(sources.flatMap(({ assetId }) => (assetId === undefined ? [] : [regionOf(assetId)])));
  const placed = [...regions].map(async (region) => [region, await placeOf(region)] as const);
  return new Map(await Promise.all(placed));
}

function referencesOf(
  sources: readonly PlannedSource[],
  { destination }: JobOrder,
  { spec }: ResolvedSpec,
  jobs: readonly JobRow[],
): WorkReferences {
  const reuse = spec.kind === "stream" ? spec.reuse : undefined;
  return {
    sourceAssetIds: unique(sources.map(({ assetId }) => assetId)),
    sideAssetIds: unique(sideReferences(spec).map(({ assetId }) => assetId)),
    sourceConnectionIds: unique(sources.map(({ source }) => source?.connectionId)),
    destinationConnectionIds: unique([destination?.connectionId]),
    reuse: reuse === undefined ? null : { ...reuse, assetIds: unique(jobs.map(({ assetId }) => assetId)) },
  };
}

function unique(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id !== undefined))];
}
