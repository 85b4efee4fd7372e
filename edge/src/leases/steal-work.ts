import type { ShardName } from "@reelway/shared/ids";
import { callQueue } from "../objects/region-queue-stub.ts";
import { type Asking, leaseFromShard } from "./lease-from-shard.ts";
import { foundLess, stealOrder } from "./steal-order.ts";
import { type Lease, leavesLess } from "./token.ts";

export interface Theft {
  /** The runner's own shard. */
  readonly home: ShardName;
  /** The shards to take from. */
  readonly others: readonly ShardName[];
  /** What the runner wants of them all together. */
  readonly wanted: number;
}

/** Work of other shards for a runner that its own has too little for, the fullest first, and then what is slow (docs/adr/0012). Does not wait; never throws. */
export async function stealWork(asking: Asking, { home, others, wanted }: Theft): Promise<Lease[]> {
  const { context, description, gone } = asking;
  if (others.length === 0 || wanted <= 0 || description.draining || gone.aborted) return [];
  const stolen: Lease[] = [];
  const { full, slow } = await stealOrder(context.env, others, Date.now());
  const looks = [
    ...full.map((shard) => ({ shard, hedging: false })),
    ...slow.map((shard) => ({ shard, hedging: true })),
  ];
  for (const { shard, hedging } of looks) {
    const stillWanted = wanted - stolen.length;
    if (stillWanted === 0 || gone.aborted) break;
    const taken = await leaseFromShard(asking, shard, stillWanted, { waitMs: 0, hedging }).catch((error: unknown) => {
      // What the others gave must not be lost with it.
      context.log.warn("nothing stolen", { shard, error });
      return [];
    });
    if (taken.length < stillWanted) foundLess(shard);
    stolen.push(...taken);
    if (taken.some(leavesLess)) break;
  }
  if (stolen.length > 0) tellHome(asking, home, stolen.length);
  return stolen;
}

/** The runner's own shard must not ring it for what it has no slots left for. What was stolen before is in its next beat. */
function tellHome({ context, description: { runnerId } }: Asking, home: ShardName, leases: number): void {
  const told = callQueue(context.env, home, async (queue) => queue.holdsElsewhere(runnerId, leases));
  context.waitUntil(told.catch(() => {}));
}
