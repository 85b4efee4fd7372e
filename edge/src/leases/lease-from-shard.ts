import type { ShardName } from "@reelway/shared/ids";
import type { LeaseCall } from "../objects/lease-waiters.ts";
import { callQueue } from "../objects/region-queue-stub.ts";
import { projectSoon } from "../projection/project-soon.ts";
import type { describe } from "../runners/describe.ts";
import type { LeaseContext } from "./lease-context.ts";
import { type Lease, leaseOf } from "./token.ts";

/** A runner's question for work, while it is being answered. */
export interface Asking {
  readonly context: LeaseContext;
  readonly description: ReturnType<typeof describe> & Pick<LeaseCall, "delivering" | "taken">;
  /** The runner hung up. */
  readonly gone: AbortSignal;
}

/** What is done where nothing is ready: wait for it, and take a second lease on a slow task. */
export interface Patience {
  readonly waitMs: number;
  readonly hedging: boolean;
}

/** Up to `max` tasks of one shard; waits there for some where there is none, unless the runner hangs up. Throws `unavailable`. */
export async function leaseFromShard(
  { context, description, gone }: Asking,
  shard: ShardName,
  max: number,
  { waitMs, hedging }: Patience,
): Promise<Lease[]> {
  const { env, waitUntil } = context;
  const waitId = crypto.randomUUID();
  const hangUp = () => waitUntil(callQueue(env, shard, async (queue) => queue.stopWaiting(waitId)).catch(() => {}));
  gone.addEventListener("abort", hangUp, { once: true });
  try {
    // A hang-up that came before is heard by nobody any more.
    const call = { ...description, max, hedging, waitMs: gone.aborted ? 0 : waitMs, waitId };
    const tasks = await callQueue(env, shard, async (queue) => await queue.lease(call));
    if (tasks.length > 0) waitUntil(projectSoon(env, shard));
    return tasks.map(leaseOf);
  } finally {
    gone.removeEventListener("abort", hangUp);
  }
}
