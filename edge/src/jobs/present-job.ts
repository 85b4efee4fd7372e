import type { Job } from "@reelway/shared/contracts/job";
import type { JobRow } from "../store/rows.ts";

/** A job as the API shows it: never where its files lie. */
export function presentJob(row: JobRow): Job {
  const { manifest, error } = row;
  return {
    id: row.id,
    assetId: row.assetId,
    region: row.region,
    kind: row.kind,
    preset: row.preset,
    spec: row.spec,
    state: row.state,
    priority: row.priority,
    startAt: row.startAt,
    hardware: row.hardware,
    runnerLabels: row.runnerLabels,
    tags: row.tags,
    metadata: row.metadata,
    run: row.run,
    attempt: row.attempt,
    error,
    outputs: (manifest?.outputs ?? []).map(({ etag: _, ...output }) => output),
    source: manifest?.source ?? null,
    execution: manifest?.execution ?? null,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}
