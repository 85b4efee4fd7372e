import { type JobRequest, type Quality, qualityHeights } from "@reelway/shared/contracts/job";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { findPreset } from "@reelway/shared/presets/catalogue";
import type { z } from "zod";
import { invalidRequest } from "../http/router.ts";
import { mergePatch } from "./merge-patch.ts";

export interface ResolvedSpec {
  readonly spec: JobSpec;
  /** `name@version`; null for a spec of the caller's own. */
  readonly preset: string | null;
  /** Where in the request the spec's fields lie: what errors name. */
  readonly path: "overrides" | "spec";
}

/** What the job is to make. Throws `invalid_request` with the paths of the caller's fields. */
export function resolveSpec(request: z.output<typeof JobRequest>): ResolvedSpec {
  const chosen = request.spec ? { spec: request.spec, preset: null, path: "spec" as const } : fromPreset(request);
  if (request.quality === undefined) return chosen;
  return { ...chosen, spec: withQuality(chosen.spec, request.quality) };
}

function fromPreset({ preset: name, overrides }: z.output<typeof JobRequest>): ResolvedSpec {
  const preset = name === undefined ? undefined : findPreset(name);
  if (!preset) throw refused("preset", "is not the name of a preset; GET /api/v1/presets lists them");
  const path = "overrides" as const;
  const merged = JobSpec.safeParse(mergePatch(preset.spec, overrides ?? {}));
  if (!merged.success) throw invalidRequest(merged.error.issues, [path]);
  return { spec: merged.data, preset: `${preset.name}@${preset.version}`, path };
}

function withQuality(spec: JobSpec, quality: Quality): JobSpec {
  if (spec.kind !== "transcode" || !spec.video || spec.video.codec === "copy")
    throw refused("quality", "needs a picture that is encoded anew");
  return { ...spec, video: { ...spec.video, height: qualityHeights[quality] } };
}

function refused(path: string, message: string): ReelwayError {
  return new ReelwayError("invalid_request", undefined, { errors: [{ path, message }] });
}
