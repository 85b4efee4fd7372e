import type { ProgressReport } from "@reelway/shared/contracts/lease";
import { withoutControls } from "@reelway/shared/contracts/text";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { leaseKey } from "@reelway/shared/ids";
import { Stage } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { callChannel } from "../objects/job-channel-stub.ts";
import { ReportRate } from "./report-rate.ts";
import type { LeaseClaims } from "./token.ts";

/** What is asked of runners, and every stage change besides: a short task goes through all of them in a second. */
const rate = new ReportRate(limits.progressPerSecond + Stage.options.length);

/** Passes a report on to the job's channel. The queue is not asked: the token says enough. Throws `rate_limited`. */
export async function reportProgress(env: Env, claims: LeaseClaims, report: ProgressReport): Promise<void> {
  const { jobId, run, attempt, leasedAt, part } = claims;
  if (!rate.allows(leaseKey(claims), Date.now()))
    throw new ReelwayError("rate_limited", `at most ${limits.progressPerSecond} reports a second`);
  // The job's progress must not fall back to what the second runner has done.
  if (claims.hedge) return;
  const shown = { ...report, message: withoutControls(report.message) };
  await callChannel(env, jobId, async (channel) =>
    channel.publishReport({ jobId, run, attempt, leasedAt, ...(part && { part }), report: shown }),
  );
}
