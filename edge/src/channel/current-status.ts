import type { JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { Env } from "../env.ts";
import { callChannel } from "../objects/job-channel-stub.ts";
import { type StatusColumns, snapshotOf, statusOf } from "./snapshot.ts";

/**
 * A job's status as of now: the row's once the job has ended, else what its channel heard last of the same run. A
 * channel without viewers is not told every event, so it counts only where it knows more than the row.
 * An unreachable channel costs the live figures, not the answer.
 */
export async function liveStatus(env: Env, job: StatusColumns): Promise<JobStatus> {
  const snapshot = snapshotOf(job);
  if (isTerminal(snapshot.status.state)) return statusOf(snapshot, Date.now());
  const live = await callChannel(env, job.id, async (channel) => await channel.current()).catch(() => null);
  const isNews = live !== null && live.run === job.run && live.status.updatedAt >= job.updatedAt;
  return isNews ? live.status : statusOf(snapshot, Date.now());
}
