import type { JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import type { Env } from "../env.ts";
import { callChannel } from "../objects/job-channel-stub.ts";
import { type StatusColumns, snapshotOf, statusOf } from "./snapshot.ts";

/**
 * A job's status as of now: the row's once the job has ended, else what its channel heard last of the same run.
 * An unreachable channel costs the live figures, not the answer.
 */
export async function liveStatus(env: Env, job: StatusColumns): Promise<JobStatus> {
  const snapshot = snapshotOf(job);
  if (isTerminal(snapshot.status.state)) return statusOf(snapshot, Date.now());
  const live = await callChannel(env, job.id, async (channel) => await channel.current()).catch(() => null);
  return live !== null && live.run === job.run ? live.status : statusOf(snapshot, Date.now());
}
