import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AssetRow, InputAsset } from "../store/rows.ts";

export interface InputReference {
  readonly role: InputAsset["role"];
  readonly assetId: string;
}

/** The assets that a job reads: its source first. */
export function inputReferences(assetId: string, spec: JobSpec): InputReference[] {
  const references: InputReference[] = [{ role: "source", assetId }];
  if (spec.kind !== "transcode") return references;
  if (spec.watermark) references.push({ role: "watermark", assetId: spec.watermark.assetId });
  if (spec.subtitles?.assetId !== undefined) references.push({ role: "subtitles", assetId: spec.subtitles.assetId });
  return references;
}

/**
 * The references with their assets: all there, ready, and in the source's region. `path` is where the spec lies in the
 * request. Throws `not_found`, `asset_not_ready`, `asset_failed` or, for what a spec names, `invalid_request`.
 */
export function resolveInputs(
  references: readonly InputReference[],
  assets: readonly AssetRow[],
  path: string,
): InputAsset[] {
  const byId = new Map(assets.filter(({ state }) => state !== "deleted").map((asset) => [asset.id, asset]));
  const source = references.find(({ role }) => role === "source");
  const region = source && byId.get(source.assetId)?.region;
  return references.map(({ role, assetId }) => {
    const asset = byId.get(assetId);
    if (!asset && role === "source") throw new ReelwayError("not_found", "There is no such asset");
    if (!asset) throw refused(`${path}.${role}.assetId`, "is not one of your assets");
    if (asset.region !== region) throw refused(`${path}.${role}.assetId`, `must be in the source's region, ${region}`);
    if (asset.state === "failed") throw new ReelwayError("asset_failed", `The ${role} can't be used`);
    if (asset.state !== "ready") throw new ReelwayError("asset_not_ready", `The ${role} is not uploaded yet`);
    return { role, asset };
  });
}

function refused(path: string, message: string): ReelwayError {
  return new ReelwayError("invalid_request", undefined, { errors: [{ path, message }] });
}
