import { limits } from "@reelway/shared/limits";
import { within } from "../dispatch/within.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { readShardsOfLiveJobs } from "../store/shards.ts";
import { markShareTold, readUntoldShares, shareOf } from "../store/tenant-shares.ts";

/**
 * Has the queues hear what tenants may have at once where not all of them have: of one tenant, or of all. Those with
 * jobs that go on are told; any other hears it with the next job, which is stored after the change or was live by then
 * (docs/adr/0037). Throws where one did not answer: the sweep tells it again.
 */
export async function tellShares(env: Env, tenantId?: string): Promise<void> {
  const untold = await readUntoldShares(env, tenantId);
  if (untold.length === 0) return;
  const shards = await readShardsOfLiveJobs(env);
  for (const row of untold) {
    const share = shareOf(row);
    if (!share) continue;
    const command = { tenantId: row.id, share };
    await Promise.all(shards.map((shard) => callQueue(env, shard, async (queue) => await queue.limitTenant(command))));
    await markShareTold(env, row.id, share);
  }
}

/** The same right behind a change. Never throws, and keeps nobody waiting for a queue that is away. */
export async function tellShareSoon(env: Env, tenantId: string, log: Log): Promise<void> {
  try {
    await within(limits.dispatchMs, tellShares(env, tenantId));
  } catch (error) {
    log.warn("share left to the sweep", { tenantId, error });
  }
}
