import type { ShardPlace } from "./commands.ts";
import { Pauses } from "./pauses.ts";
import { roomIn } from "./shares.ts";
import type { QueueReader, ReadyLane } from "./store.ts";

/** The lanes with work that may be leased now: of nobody who is paused, or has all that they may have. */
export function leasableLanes(reader: QueueReader, shard: ShardPlace, pauses = new Pauses(reader)): ReadyLane[] {
  return reader.readyLanes().filter((lane) => roomIn(lane, shard) > 0 && pauses.ofLane(lane) === undefined);
}
