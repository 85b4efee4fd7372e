import { type JobOrder, type Quality, qualityHeights } from "@reelway/shared/contracts/job";
import { RequestedSpec } from "@reelway/shared/contracts/job-spec";
import { mergePatch } from "@reelway/shared/jobs/merge-patch";
import { findPreset } from "@reelway/shared/presets/catalogue";
import { invalidField } from "../http/invalid-field.ts";
import { invalidRequest } from "../http/router.ts";

export interface ResolvedSpec {
  readonly spec: RequestedSpec;
  /** `name@version`; null for a spec of the caller's own. */
  readonly preset: string | null;
  /** Where in the request the spec's fields lie: what errors name. */
  readonly path: string;
}

type Recipe = Pick<JobOrder, "preset" | "overrides" | "spec" | "quality">;

/** What the job is to make. Throws `invalid_request` with the paths of the caller's fields, which begin with `orderPath`. */
export function resolveSpec(order: Recipe, orderPath = ""): ResolvedSpec {
  const chosen = order.spec
    ? { spec: order.spec, preset: null, path: `${orderPath}spec` }
    : fromPreset(order, orderPath);
  if (order.quality === undefined) return chosen;
  return { ...chosen, spec: withQuality(chosen.spec, order.quality, orderPath) };
}

function fromPreset({ preset: name, overrides }: Recipe, orderPath: string): ResolvedSpec {
  const preset = name === undefined ? undefined : findPreset(name);
  if (!preset) throw invalidField(`${orderPath}preset`, "is not the name of a preset; GET /api/v1/presets lists them");
  const path = `${orderPath}overrides`;
  const merged = RequestedSpec.safeParse(mergePatch(preset.spec, overrides ?? {}));
  if (!merged.success) throw invalidRequest(merged.error.issues, [path]);
  return { spec: merged.data, preset: `${preset.name}@${preset.version}`, path };
}

function withQuality(spec: RequestedSpec, quality: Quality, orderPath: string): RequestedSpec {
  const shortSideMax = qualityHeights[quality];
  if (spec.kind === "stream") return { ...spec, video: { ...spec.video, shortSideMax } };
  if (spec.kind !== "transcode" || !spec.video || spec.video.codec === "copy")
    throw invalidField(`${orderPath}quality`, "needs a picture that is encoded anew");
  return { ...spec, video: { ...spec.video, height: qualityHeights[quality] } };
}
