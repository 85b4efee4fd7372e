import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import type { JobChannel } from "../objects/job-channel.ts";
import { callChannel } from "../objects/job-channel-stub.ts";

/** Channels told at the same time. */
const atOnce = 16;

/** Tells these jobs' channels something. Never throws: one that fails looks at D1 by itself, and must not hold up the rest. */
export async function tellChannels(
  env: Env,
  jobIds: readonly string[],
  tell: (channel: DurableObjectStub<JobChannel>, jobId: string) => Promise<void>,
  log: Log,
): Promise<void> {
  for (let start = 0; start < jobIds.length; start += atOnce) {
    await Promise.all(
      jobIds.slice(start, start + atOnce).map(async (jobId) => {
        try {
          await callChannel(env, jobId, (channel) => tell(channel, jobId));
        } catch (error) {
          log.warn("channel not told", { jobId, error });
        }
      }),
    );
  }
}
