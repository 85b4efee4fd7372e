import type { ShardName } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import { eventId } from "../events/event-id.ts";

/**
 * What follows from the end of a fetch, for the batch of the projection that stores that end: behind the update of the
 * jobs, before that of the cursor. The asset is ready and owns the object that was brought, or it has failed; the jobs
 * that wait for it go to their queues, or fail with it. Nothing, where none of these events can be of a fetch.
 */
export async function assetsOfFetchJobs(
  db: D1Database,
  shard: ShardName,
  events: readonly QueueEvent[],
): Promise<D1PreparedStatement[]> {
  const ends = events.filter((event) => mayEndFetch(event));
  if (ends.length === 0) return [];
  const columns = JSON.stringify(await Promise.all(ends.map((event) => toColumns(shard, event))));
  return statements.map((statement) => db.prepare(statement).bind(columns, shard));
}

/** A success tells by its manifest what it was; of other ends only the job's row knows, and these are few. */
function mayEndFetch({ type, result }: QueueEvent): boolean {
  return type === "job.succeeded" ? bringsSource(result) : type === "job.failed" || type === "job.canceled";
}

/** Whether a manifest is that of a fetch. */
export function bringsSource(manifest: string | null): boolean {
  return manifest?.includes('"role":"source"') ?? false;
}

async function toColumns(shard: ShardName, event: QueueEvent) {
  const { sequence, jobId, run, at, type, error } = event;
  const succeeded = type === "job.succeeded";
  const why = error ?? { code: "source_unavailable", message: "its fetch was canceled" };
  return {
    id: await eventId(at, `${shard}:${sequence}:asset`),
    sequence,
    jobId,
    run,
    at,
    succeeded: succeeded ? 1 : 0,
    error: succeeded ? null : JSON.stringify({ code: why.code, message: why.message }),
    jobError: succeeded
      ? null
      : JSON.stringify({
          code: "asset_failed",
          message: `The source could not be fetched: ${why.message}`.slice(0, limits.errorMessageLength),
        }),
  };
}

/** The fetches that ended by these very events, each with its asset. ?1 the events' columns, ?2 the shard. */
const ended = `(
  SELECT e.id, e.at, e.succeeded, e.error, e.jobError, jobs.id AS fetchJobId, jobs.region AS region,
    assets.id AS assetId, assets.tenantId AS tenantId,
    jobs.manifest ->> '$.prefix' || (jobs.manifest ->> '$.outputs[0].name') AS storageKey,
    jobs.manifest ->> '$.outputs[0].bytes' AS bytes, jobs.manifest ->> '$.outputs[0].md5' AS md5,
    jobs.manifest ->> '$.outputs[0].etag' AS etag
  FROM (
    SELECT
      value ->> '$.id' AS id, value ->> '$.sequence' AS sequence, value ->> '$.jobId' AS jobId,
      value ->> '$.run' AS run, value ->> '$.at' AS at, value ->> '$.succeeded' AS succeeded,
      value ->> '$.error' AS error, value ->> '$.jobError' AS jobError
    FROM json_each(?1)
  ) AS e
  JOIN jobs ON jobs.id = e.jobId AND jobs.run = e.run AND jobs.kind = 'fetch' AND jobs.finishedAt = e.at
  JOIN assets ON assets.id = jobs.assetId AND assets.fetchJobId = jobs.id AND assets.state = 'fetching'
  WHERE e.sequence > coalesce((SELECT lastSequence FROM shard_cursors WHERE shard = ?2), 0)
) AS ended`;

const waiting = `JOIN jobs AS waiting ON waiting.assetId = ended.assetId AND waiting.awaitsSource = 1
  AND waiting.state = 'queued'`;

const insertAssetEvents = `
  INSERT INTO events (id, tenantId, type, at, jobId, data)
  SELECT ended.id, ended.tenantId, CASE ended.succeeded WHEN 1 THEN 'asset.ready' ELSE 'asset.failed' END, ended.at,
    ended.fetchJobId, json_patch('{}', json_object('assetId', ended.assetId, 'jobId', ended.fetchJobId,
      'region', ended.region, 'bytes', ended.bytes, 'error', json(ended.error),
      'state', CASE ended.succeeded WHEN 1 THEN 'ready' ELSE 'failed' END))
  FROM ${ended} WHERE true
  ON CONFLICT (id) DO NOTHING`;

const insertAudit = `
  INSERT INTO audit_log (tenantId, at, actorKind, action, resource, detail)
  SELECT ended.tenantId, ended.at, 'system', CASE ended.succeeded WHEN 1 THEN 'asset.complete' ELSE 'asset.fail' END,
    ended.assetId, json_object('fetchJobId', ended.fetchJobId)
  FROM ${ended}`;

const enqueueWaiting = `
  INSERT INTO outbox (jobId, run, action, shard, createdAt, sentAt)
  SELECT waiting.id, waiting.run, 'enqueue', waiting.shard, ended.at, ended.at
  FROM ${ended} ${waiting} WHERE ended.succeeded = 1
  ON CONFLICT (jobId, run, action) DO NOTHING`;

const insertFailuresOfWaiting = `
  INSERT INTO events (id, tenantId, type, at, jobId, data)
  SELECT 'evt_' || substr(ended.id, 5, 10) || lower(hex(randomblob(8))), waiting.tenantId, 'job.failed', ended.at,
    waiting.id, json_patch('{}', json_object('jobId', waiting.id, 'assetId', waiting.assetId,
      'batchId', waiting.batchId, 'kind', waiting.kind, 'preset', waiting.preset, 'region', waiting.region,
      'run', waiting.run, 'attempt', waiting.attempt, 'state', 'failed', 'error', json(ended.jobError),
      'tags', json(waiting.tags), 'metadata', json(waiting.metadata)))
  FROM ${ended} ${waiting} WHERE ended.succeeded = 0`;

const endWaiting = `
  UPDATE jobs SET
    awaitsSource = 0,
    state = CASE ended.succeeded WHEN 1 THEN jobs.state ELSE 'failed' END,
    error = ended.jobError,
    finishedAt = CASE ended.succeeded WHEN 1 THEN NULL ELSE ended.at END,
    updatedAt = ended.at
  FROM ${ended}
  WHERE jobs.assetId = ended.assetId AND jobs.awaitsSource = 1 AND jobs.state = 'queued'`;

const endAssets = `
  UPDATE assets SET
    state = CASE ended.succeeded WHEN 1 THEN 'ready' ELSE 'failed' END,
    error = ended.error,
    storageKey = coalesce(ended.storageKey, assets.storageKey),
    bytes = coalesce(ended.bytes, assets.bytes),
    md5 = ended.md5,
    etag = ended.etag,
    region = ended.region,
    completedAt = CASE ended.succeeded WHEN 1 THEN ended.at ELSE NULL END
  FROM ${ended}
  WHERE assets.id = ended.assetId`;

/** The asset last: that it is still being fetched is what all the others go by. */
const statements = [insertAssetEvents, insertAudit, enqueueWaiting, insertFailuresOfWaiting, endWaiting, endAssets];
