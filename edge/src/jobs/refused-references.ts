import type { ConnectionPurpose } from "@reelway/shared/contracts/connection";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { invalidField } from "../http/invalid-field.ts";
import type { StoredWork } from "../store/insert-work.ts";
import type { AssetRow } from "../store/rows.ts";
import { type InputReference, sideReferences } from "./job-inputs.ts";
import type { PlannedJobs, PlannedSource } from "./plan-jobs.ts";
import { refusedReuse } from "./refused-reuse.ts";

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
  { assets, connectionIds, reused }: Pick<StoredWork, "assets" | "connectionIds" | "reused">,
  orderPath: string,
): RefusedReference[] {
  const assetById = new Map(assets.map((asset) => [asset.id, asset]));
  const refused: RefusedReference[] = [];
  for (const { assetId, source, path } of sources) {
    if (assetId !== undefined) refused.push(...refusedInput({ role: "source", assetId }, assetById, `${path}assetId`));
    if (source && !connectionIds.includes(source.connectionId))
      refused.push(refusedConnection(`${path}source.connectionId`, "source"));
  }
  for (const reference of sideReferences(resolved.spec))
    refused.push(...refusedInput(reference, assetById, `${resolved.path}.${reference.role}.assetId`));
  if (references.reuse !== null) refused.push(...refusedReuse(references.reuse, reused, `${resolved.path}.reuse`));
  if (references.destinationConnectionIds.some((id) => !connectionIds.includes(id)))
    refused.push(refusedConnection(`${orderPath}destination.connectionId`, "destination"));
  return refused;
}

/**
 * What stands against reading an asset, of those that were found, by their ids: the source may still be fetched, the others
 * must be there.
 */
export function refusedInput(
  { role, assetId }: InputReference,
  found: ReadonlyMap<string, AssetRow>,
  path: string,
): RefusedReference[] {
  const known = found.get(assetId);
  const asset = known?.state === "deleted" ? undefined : known;
  if (!asset && role === "source") return [{ path, code: "not_found", message: "There is no such asset" }];
  if (!asset) return [{ path, code: "invalid_request", message: "is not one of your assets" }];
  if (asset.state === "failed") return [{ path, code: "asset_failed", message: `The ${role} can't be used` }];
  if (asset.state === "ready" || (role === "source" && asset.state === "fetching")) return [];
  return [{ path, code: "asset_not_ready", message: `The ${role} is not there yet` }];
}

export function refusedConnection(path: string, purpose: ConnectionPurpose): RefusedReference {
  return { path, code: "invalid_request", message: `is not one of your connections for the purpose ${purpose}` };
}

/** The answer where one thing is asked for: what is wrong first. */
export function refusal([first]: readonly RefusedReference[]): ReelwayError {
  if (!first) return new ReelwayError("not_found", "What the request refers to has just been deleted");
  const { path, code, message } = first;
  return code === "invalid_request" ? invalidField(path, message) : new ReelwayError(code, message);
}
