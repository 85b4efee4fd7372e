import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { regionOf } from "@reelway/shared/ids";
import { regions } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import type { JobChannel } from "./job-channel.ts";
import { isTransient } from "./region-queue-stub.ts";

/** The channel of a job, placed in the job's region. The id must have passed its schema. */
export function channelStub(env: Env, jobId: string): DurableObjectStub<JobChannel> {
  return env.JOB_CHANNEL.getByName(jobId, { locationHint: regions[regionOf(jobId)].hint });
}

/**
 * Calls a job's channel, once more with a fresh stub when the failure was transient. All its calls may be repeated.
 * Throws `unavailable` when the channel did not answer.
 */
export async function callChannel<Answer>(
  env: Env,
  jobId: string,
  call: (channel: DurableObjectStub<JobChannel>) => Promise<Answer>,
): Promise<Answer> {
  for (let retried = false; ; retried = true) {
    try {
      return await call(channelStub(env, jobId));
    } catch (error) {
      if (retried || !isTransient(error))
        throw new ReelwayError("unavailable", "the job's channel did not answer", { cause: error });
    }
  }
}
