import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import type { StoredWork } from "../store/insert-work.ts";
import type { AssetRow } from "../store/rows.ts";
import { sideReferences } from "./job-inputs.ts";
import type { PlannedJobs, PlannedSource } from "./plan-jobs.ts";

/** Something that a request refers to and may not use. Another tenant's thing reads as one that does not exist. */
export interface RefusedReference {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Why work was not stored, source by source, by what the store found of what it refers to. */
export function refusedReferences(
  { resolved, references }: PlannedJobs,
  sources: readonly PlannedSource[],
  { assets, connectionIds }: Pick<StoredWork, "assets" | "connectionIds">,
  orderPath: string,
): RefusedReference[] {
  const assetById = new Map(assets.filter(({ state }) => state !== "deleted").map((asset) => [asset.id, asset]));
  const refused: RefusedReference[] = [];
  for (const { assetId, source, path } of sources) {
    if (assetId !== undefined) refused.push(...sourceAsset(assetById.get(assetId), `${path}assetId`));
    if (source && !connectionIds.includes(source.connectionId))
      refused.push(connection(`${path}source.connectionId`, "source"));
  }
  for (const { role, assetId } of sideReferences(resolved.spec)) {
    const asset = assetById.get(assetId);
    const path = `${resolved.path}.${role}.assetId`;
    if (!asset) refused.push({ path, code: "invalid_request", message: "is not one of your assets" });
    else if (asset.state === "failed")
      refused.push({ path, code: "asset_failed", message: `The ${role} can't be used` });
    else if (asset.state !== "ready")
      refused.push({ path, code: "asset_not_ready", message: `The ${role} is not there yet` });
  }
  if (references.destinationConnectionIds.some((id) => !connectionIds.includes(id)))
    refused.push(connection(`${orderPath}destination.connectionId`, "destination"));
  return refused;
}

function sourceAsset(asset: AssetRow | undefined, path: string): RefusedReference[] {
  if (!asset) return [{ path, code: "not_found", message: "There is no such asset" }];
  if (asset.state === "failed") return [{ path, code: "asset_failed", message: "The source can't be used" }];
  if (asset.state === "uploading")
    return [{ path, code: "asset_not_ready", message: "The source is not uploaded yet" }];
  return [];
}

function connection(path: string, purpose: string): RefusedReference {
  return { path, code: "invalid_request", message: `is not one of your connections for the purpose ${purpose}` };
}
