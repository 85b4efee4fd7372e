import type { JobErasure } from "@reelway/shared/contracts/erasure";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { findJob } from "../store/jobs.ts";
import { eraseOutputs } from "./erase-outputs.ts";

export interface OutputsDeletion {
  readonly tenantId: string;
  readonly id: string;
  readonly leaseMs: number;
  readonly audit: AuditEntry;
  readonly now: number;
}

/**
 * Deletes what a job made; the job itself stays. A repeat looks again and finds nothing. Throws `not_found`,
 * `job_not_finished`, `illegal_move` for a fetch, whose output is an asset.
 */
export async function deleteOutputs(
  env: Env,
  { tenantId, id, leaseMs, audit, now }: OutputsDeletion,
): Promise<JobErasure> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  if (!isTerminal(job.state)) throw new ReelwayError("job_not_finished", `The job is ${job.state}`);
  if (job.kind === "fetch") throw new ReelwayError("illegal_move", "What a fetch brings in is deleted with its asset");
  const { objects, bytes, pendingUntil } = await eraseOutputs(env, [job], { leaseMs, audit, now });
  // Not when it was asked first: grants may have been alive then, or the bucket away.
  return { jobId: id, objects, bytes, erasedAt: pendingUntil === null ? now : null, pendingUntil };
}
