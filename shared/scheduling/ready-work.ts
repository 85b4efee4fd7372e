import type { ShardPlace } from "./commands.ts";
import { leasableLanes } from "./leasable-lanes.ts";
import type { QueueReader } from "./store.ts";

/** Ready work that may be leased now, by what it needs of a runner. */
export interface ReadyWork {
  /** As a lane has it. */
  readonly needs: string;
  /** Since when the longest waiting of those that are next in their lanes is ready. */
  readonly oldestReadyAt: number;
}

/** What waits for runners alone: what a breaker or a full share keeps back is not among it. */
export function readyWork(reader: QueueReader, shard: ShardPlace): ReadyWork[] {
  const oldest = new Map<string, number>();
  for (const lane of leasableLanes(reader, shard)) {
    const readyAt = reader.firstReady(lane)?.readyAt;
    if (readyAt !== undefined) oldest.set(lane.needs, Math.min(readyAt, oldest.get(lane.needs) ?? readyAt));
  }
  return [...oldest].map(([needs, oldestReadyAt]) => ({ needs, oldestReadyAt }));
}
