import { limits } from "@reelway/shared/limits";
import { bucketOf, type Env } from "../env.ts";
import { createLog, type Log } from "../http/log.ts";
import type { StorageSweepRow } from "../store/rows.ts";
import { forgetSweep, listDueSweeps, postponeSweep } from "./storage-sweep-rows.ts";

/** A PUT that began within its grant may end long after: everything is swept twice. */
const passesNeeded = 2;
const sweepsAtOnce = 6;
/** Pages of 1,000 keys that one sweep looks at; accepted outputs are at most 20 of them, so it always gets on. */
const pagesAtOnce = 100;
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
  if (row.uploadId !== null)
    await bucket
      .resumeMultipartUpload(row.prefix, row.uploadId)
      .abort()
      // It was completed or aborted before.
      .catch(() => undefined);
  const { deleted, more } = await deleteBelow(bucket, row);
  if (deleted > 0) log.info("storage swept", { region: row.region, objects: deleted });
  if (more) return;
  if (row.passes + 1 >= passesNeeded) await forgetSweep(env, row.prefix);
  else await postponeSweep(env, row.prefix, now + limits.storageSweepAgainMs, 1);
}

async function deleteBelow(
  bucket: R2Bucket,
  { prefix, keepPrefix }: StorageSweepRow,
): Promise<{ deleted: number; more: boolean }> {
  let deleted = 0;
  let cursor: string | undefined;
  for (let pages = 0; pages < pagesAtOnce; pages++) {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    const orphans = page.objects.map(({ key }) => key).filter((key) => !keepPrefix || !key.startsWith(keepPrefix));
    if (orphans.length > 0) await bucket.delete(orphans);
    deleted += orphans.length;
    if (!page.truncated) return { deleted, more: false };
    cursor = page.cursor;
  }
  return { deleted, more: true };
}
