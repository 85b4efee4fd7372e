import { limits } from "@reelway/shared/limits";
import { bucketOf, type Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import { abortUpload } from "../storage/bucket.ts";
import { markAssetErased } from "../store/erasures.ts";
import { partsToKeep } from "../store/job-parts.ts";
import type { StorageSweepRow } from "../store/rows.ts";
import { forgetSweep, listDueSweeps, postponeSweep } from "../store/storage-sweeps.ts";
import { eraseBelow } from "./erase-below.ts";

/** A PUT that began within its grant may end long after: everything is swept twice. */
const passesNeeded = 2;
const sweepsAtOnce = 6;
/** One that failed stands back, so that it can't keep the others waiting. */
const afterFailureMs = 600_000;

/**
 * Deletes storage that nothing points to, where it is due. Uploads of outputs that were opened in parts and never
 * completed can't be listed by the binding: the bucket's lifecycle rule ends them. Never throws for a single sweep.
 */
export async function sweepStorage(env: Env, now = Date.now()): Promise<void> {
  const log = createLog({ sweep: true });
  const due = await listDueSweeps(env, now, limits.storageSweepsPerRun);
  for (let start = 0; start < due.length; start += sweepsAtOnce) {
    await Promise.all(
      due.slice(start, start + sweepsAtOnce).map(async (row) => {
        try {
          await sweepOne(env, row, now, log);
        } catch (error) {
          log.warn("storage not swept", { region: row.region, error });
          await postponeSweep(env, row.prefix, now + afterFailureMs, 0);
        }
      }),
    );
  }
}

async function sweepOne(env: Env, row: StorageSweepRow, now: number, log: Log): Promise<void> {
  const bucket = bucketOf(env, row.region);
  if (row.uploadId !== null) await abortUpload(bucket, row.prefix, row.uploadId);
  const keep = row.streamJobId === null ? [] : await partsToKeep(env, row.streamJobId, row.prefix);
  // Accepted outputs are at most twenty pages of keys of one task, so each pass gets on.
  if (row.keepPrefix !== null) keep.push(row.keepPrefix);
  const { objects, more } = await eraseBelow(bucket, row.prefix, keep);
  if (objects > 0) log.info("storage swept", { region: row.region, objects });
  if (more) return;
  if (row.passes + 1 < passesNeeded) return postponeSweep(env, row.prefix, now + limits.storageSweepAgainMs, 1);
  if (row.assetId !== null) await markAssetErased(env, row.assetId, now);
  await forgetSweep(env, row.prefix);
}
