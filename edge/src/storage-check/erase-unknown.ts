import { limits } from "@reelway/shared/limits";
import { bucketOf, type Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { eraseBelow } from "../storage-sweep/erase-below.ts";
import { dueDeletions, forgetDeletions, postponeDeletion } from "../store/unknown-roots.ts";
import { withoutRecord } from "./unknown-bytes.ts";

const afterFailureMs = 600_000;

/** Deletes what somebody wanted deleted since no record knew it, where that is due and still so. */
export async function eraseUnknown(env: Env, now = Date.now()): Promise<void> {
  const log = createLog({ sweep: true });
  const due = await dueDeletions(env, now, limits.unknownRootsPerSweep);
  if (due.length === 0) return;
  const unknown = new Set(await withoutRecord(env, [...new Set(due.map(({ root }) => root))]));
  for (const row of due) {
    try {
      const { region, root } = row;
      if (!unknown.has(root)) log.warn("a record knows by now what was to be deleted", { region });
      else {
        const { objects, bytes, more } = await eraseBelow(bucketOf(env, region), `${root}/`);
        log.info("deleted what no record knew", { region, root, objects, bytes });
        if (more) continue;
      }
      await forgetDeletions(env, region, [root]);
    } catch (error) {
      log.warn("not deleted, though no record knows it", { region: row.region, error });
      await postponeDeletion(env, row, now + afterFailureMs);
    }
  }
}
