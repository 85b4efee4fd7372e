import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { AssetRow, InputAsset } from "../store/rows.ts";

export interface InputReference {
  readonly role: InputAsset["role"];
  readonly assetId: string;
}

/** The assets that a job reads: its source first. A fetch reads none: it makes one. */
export function inputReferences(assetId: string, spec: JobSpec): InputReference[] {
  if (spec.kind === "fetch") return [];
  return [{ role: "source", assetId }, ...sideReferences(spec)];
}

/** What a spec names besides the source. */
export function sideReferences(spec: JobSpec): InputReference[] {
  if (spec.kind === "stream") return spec.subtitles.map(({ assetId }) => ({ role: "subtitles", assetId }));
  if (spec.kind !== "transcode") return [];
  const references: InputReference[] = [];
  if (spec.watermark) references.push({ role: "watermark", assetId: spec.watermark.assetId });
  if (spec.subtitles?.assetId !== undefined) references.push({ role: "subtitles", assetId: spec.subtitles.assetId });
  return references;
}

/** Whether these assets may be read: the source may still be fetched. */
function isUsable({ role, asset }: InputAsset): boolean {
  return asset.state === "ready" || (role === "source" && asset.state === "fetching");
}

/**
 * The references with their assets: all there and ready, the source at least on its way. `path` is where the spec lies in
 * the request. Throws `not_found`, `asset_not_ready`, `asset_failed` or, for what a spec names, `invalid_request`.
 */
export function resolveInputs(
  references: readonly InputReference[],
  assets: readonly AssetRow[],
  path: string,
): InputAsset[] {
  const byId = new Map(assets.filter(({ state }) => state !== "deleted").map((asset) => [asset.id, asset]));
  return references.map(({ role, assetId }) => {
    const asset = byId.get(assetId);
    if (!asset && role === "source") throw new ReelwayError("not_found", "There is no such asset");
    if (!asset) throw refused(`${path}.${role}.assetId`, "is not one of your assets");
    if (asset.state === "failed") throw new ReelwayError("asset_failed", `The ${role} can't be used`);
    if (!isUsable({ role, asset })) throw new ReelwayError("asset_not_ready", `The ${role} is not uploaded yet`);
    return { role, asset };
  });
}

function refused(path: string, message: string): ReelwayError {
  return new ReelwayError("invalid_request", undefined, { errors: [{ path, message }] });
}
