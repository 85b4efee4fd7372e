import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { callChannel } from "../objects/job-channel-stub.ts";

/** Channels told at the same time. */
const channelsAtOnce = 16;

/**
 * Has these jobs' channels look at D1, for what happened to a job that no queue knew of. Never throws: a channel that is
 * watched looks by itself after a while.
 */
export async function tellToLook(env: Env, jobIds: readonly string[]): Promise<void> {
  for (let start = 0; start < jobIds.length; start += channelsAtOnce) {
    await Promise.all(
      jobIds.slice(start, start + channelsAtOnce).map(async (jobId) => {
        try {
          await callChannel(env, jobId, async (channel) => await channel.look());
        } catch (error) {
          createLog({ jobId }).warn("channel not told", { error });
        }
      }),
    );
  }
}
