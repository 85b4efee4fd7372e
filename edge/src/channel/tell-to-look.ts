import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { tellChannels } from "./tell-channels.ts";

/** Has these jobs' channels look at D1, for what happened to a job that no queue knew of. Never throws. */
export function tellToLook(env: Env, jobIds: readonly string[]): Promise<void> {
  return tellChannels(env, jobIds, async (channel) => await channel.look(), createLog());
}
