import type { TaskRecord } from "./records.ts";
import type { QueueReader, ReadyLane } from "./store.ts";

/**
 * Since when a ready task could have been taken. One that has just come out of its line stands for what is lined up
 * behind it: else a film's chunks, that become ready one by one, would never be left over.
 */
export function waitsSince(reader: QueueReader, { jobId, needs, readyAt }: TaskRecord): number {
  return Math.min(readyAt, reader.firstLined(jobId, needs)?.readyAt ?? readyAt);
}

/**
 * Of these lanes the ones that a runner which holds back for so long may take from. Who is first in a lane decides for
 * all of it: what is older behind it must not pass what is more urgent.
 */
export function leftOver(
  reader: QueueReader,
  lanes: readonly ReadyLane[],
  now: number,
  holdBackMs: number,
): readonly ReadyLane[] {
  if (holdBackMs === 0) return lanes;
  return lanes.filter((lane) => {
    const first = reader.firstReady(lane);
    return first !== undefined && waitsSince(reader, first) + holdBackMs <= now;
  });
}
