import type { Job } from "@reelway/shared/contracts/job";
import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { type Grantee, isAllowed } from "@reelway/shared/permissions";
import { shownSource } from "../assets/sealed-source.ts";
import type { JobRow } from "../store/rows.ts";

/** A job as the API shows it: never where its files lie, and where it calls to those alone who may see webhooks. */
export function presentJob(row: JobRow, reader: Grantee): Job {
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
    webhookUrl: isAllowed(reader, "webhooks:read") ? row.webhookUrl : null,
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
