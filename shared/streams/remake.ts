import type { Job, JobRequest } from "../contracts/job.ts";
import type { JobPlan } from "../contracts/job-plan.ts";

/** Sizes by their names, such as `720p`. */
export interface RemakeWish {
  /** Of the stream: made anew. */
  readonly again: readonly string[];
  /** Not of it yet: made besides. */
  readonly added: readonly string[];
}

/**
 * What asks for a stream once more with some sizes made anew or added, and all else as it was: what stays is copied of it. Null
 * for what is no stream.
 */
export function remakeRequest(job: Job, plan: JobPlan, { again, added }: RemakeWish): JobRequest | null {
  const { assetId, spec, priority, hardware, runnerLabels, tags, metadata, webhookUrl, destination } = job;
  if (spec.kind !== "stream") return null;
  const { shortSideMax: _, ...video } = spec.video;
  return {
    ...{ assetId, priority, hardware, runnerLabels, tags, metadata },
    ...(webhookUrl !== null && { webhookUrl }),
    ...(destination !== null && { destination }),
    spec: {
      ...spec,
      // The sizes as they turned out, since a ladder by default follows the source alone.
      ...(added.length > 0 && { video: { ...video, ladder: [...ladderOf(plan), ...added.map(rungOf)] } }),
      reuse: { jobId: job.id, except: [...again] },
    },
  };
}

function ladderOf({ video }: JobPlan) {
  return (video?.renditions ?? []).map(({ name, maxKbps }) => ({ ...rungOf(name), maxKbps }));
}

function rungOf(name: string) {
  return { shortSide: Number.parseInt(name, 10) };
}
