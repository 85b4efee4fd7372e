import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal, movesInto } from "@reelway/shared/jobs/state-machine";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { tellToLook } from "../channel/tell-to-look.ts";
import { cancelJob as cancelInQueue } from "../dispatch/dispatch.ts";
import type { Env } from "../env.ts";
import { cancelWaiting } from "../store/cancel-waiting.ts";
import { findJob, requestCancel } from "../store/jobs.ts";
import type { JobRow } from "../store/rows.ts";

/**
 * Cancels a job; cancelling a cancelled one changes nothing. Throws `illegal_move` when it has ended otherwise, and
 * `unavailable` when the job can't be shown as cancelled yet: the cancel then goes on by itself, and may be repeated.
 */
export async function cancelJob(
  env: Env,
  tenantId: string,
  id: string,
  now: number,
  audit?: AuditEntry,
): Promise<JobRow> {
  const job = await findJob(env, tenantId, id);
  if (!job) throw new ReelwayError("not_found");
  if (job.awaitsSource) {
    await cancelWaiting(env, job, now, audit);
    if (job.channelSince !== null) await tellToLook(env, [id]);
  }
  // Of a job that waits there is nothing to ask; of one that has just stopped to wait there is.
  const outboxId = await requestCancel(env, job, now, audit);
  if (outboxId !== undefined) await cancelInQueue(env, outboxId, job);
  const after = await findJob(env, tenantId, id);
  if (!after) throw new ReelwayError("not_found");
  if (after.state === "succeeded" || after.state === "failed")
    throw new ReelwayError(
      "illegal_move",
      `The job is ${after.state}; it can be canceled while ${movesInto("canceled").join(", ")}`,
    );
  // It was moved to another region, or retried, in this very moment: it is that run that is to be cancelled.
  if (outboxId === undefined && after.run > job.run && !isTerminal(after.state))
    return cancelJob(env, tenantId, id, now, audit);
  if (after.run === job.run && !isTerminal(after.state))
    throw new ReelwayError("unavailable", "The job is being canceled, but its state does not show it yet");
  return after;
}
