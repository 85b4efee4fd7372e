import type { Job } from "@reelway/shared/contracts/job";
import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { shownSource } from "../assets/sealed-source.ts";
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
    spec: shownSpec(row.spec),
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
    outputs: (manifest?.outputs ?? []).map(({ etag: _etag, prefix: _prefix, ...output }) => output),
    source: manifest?.source ?? null,
    execution: manifest?.execution ?? null,
    playableAt: row.playableAt,
    awaitsSource: row.awaitsSource,
    webhookUrl: row.webhookUrl,
    destination: row.destination,
    delivery: manifest?.delivery ?? null,
    batchId: row.batchId,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

/** A spec without what is sealed in it. */
export function shownSpec(spec: JobSpec): JobSpec {
  return spec.kind === "fetch" ? { ...spec, source: shownSource(spec.source) } : spec;
}
