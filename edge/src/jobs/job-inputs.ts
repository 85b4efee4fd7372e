import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import type { AssetRow, InputAsset, JobRow } from "../store/rows.ts";

export interface InputReference {
  readonly role: InputAsset["role"];
  readonly assetId: string;
}

/** The assets that a job reads: its source first. A fetch reads none: it makes one. */
export function inputReferences({ assetId, spec }: Pick<JobRow, "assetId" | "spec">): InputReference[] {
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

/** The job's inputs, in the order of its references, of the assets that were found, by their ids. */
export function inputsOf(job: Pick<JobRow, "assetId" | "spec">, found: ReadonlyMap<string, AssetRow>): InputAsset[] {
  return inputReferences(job).flatMap(({ role, assetId }) => {
    const asset = found.get(assetId);
    return asset ? [{ role, asset }] : [];
  });
}
