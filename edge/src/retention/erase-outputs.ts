import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { withBucket } from "../storage/bucket.ts";
import { addErased, type Erased, eraseAll, nothingErased } from "../storage-sweep/erase-below.ts";
import {
  forgetOutputSweep,
  lastWriteEndsAt,
  markOutputsErased,
  type OutputRoot,
  outputRoots,
} from "../store/erasures.ts";
import type { JobRow } from "../store/rows.ts";

/** Storage roots whose objects are deleted at a time. */
const ROOTS_AT_ONCE = 6;

export interface OutputsErasure extends Erased {
  readonly jobs: number;
  /** Grants of lost leases may write below the jobs' prefixes until then; null when they no longer can. */
  readonly pendingUntil: number | null;
}

/**
 * Deletes the outputs of ended jobs, each in the region where it ran. The rows go first: from here on nobody is given
 * them, and what this call does not get to is swept. Throws `storage_unavailable`; a repeat goes on.
 */
export async function eraseOutputs(
  env: Env,
  rows: readonly JobRow[],
  asked: { leaseMs: number; audit?: AuditEntry | undefined; now: number },
): Promise<OutputsErasure> {
  const { leaseMs, now } = asked;
  const roots = await outputRoots(env, rows);
  const marked = await markOutputsErased(env, roots, asked);
  let erased = nothingErased;
  for (let start = 0; start < roots.length; start += ROOTS_AT_ONCE) {
    const batch = roots.slice(start, start + ROOTS_AT_ONCE).map((root) => eraseOutputsBelow(env, root, now));
    erased = (await Promise.all(batch)).reduce(addErased, erased);
  }
  const pendingUntil = Math.max(now, ...rows.map((job) => lastWriteEndsAt(job, leaseMs, now)));
  return { ...erased, jobs: marked.size, pendingUntil: pendingUntil > now ? pendingUntil : null };
}

async function eraseOutputsBelow(env: Env, root: OutputRoot, now: number): Promise<Erased> {
  const erased = await withBucket(env, root.region, (bucket) => eraseAll(bucket, root.prefix));
  await forgetOutputSweep(env, root, now);
  return erased;
}
