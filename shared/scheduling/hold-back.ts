import { canServe } from "./lanes.ts";
import type { TaskRecord } from "./records.ts";
import type { QueueReader, ReadyLane } from "./store.ts";

/**
 * Whether a runner that holds back for so long may take from the lane that this task is first in. Who is first decides
 * for all of it: what is older behind it must not pass what is more urgent.
 */
export function isLeftOver({ waitsSince }: TaskRecord, now: number, holdBackMs: number): boolean {
  return holdBackMs === 0 || waitsSince + holdBackMs <= now;
}

/** What a runner can do now, and for how long it holds back. */
export interface Taker {
  readonly capabilities: ReadonlySet<string>;
  readonly holdBackMs: number;
}

/** Whether there is something for it in one of these lanes. Looks into no lane that it can't serve, nor behind a hit. */
export function isAnyFor(
  reader: QueueReader,
  lanes: readonly ReadyLane[],
  { capabilities, holdBackMs }: Taker,
  now: number,
): boolean {
  return lanes.some((lane) => {
    if (!canServe(capabilities, lane.needs)) return false;
    if (holdBackMs === 0) return true;
    const first = reader.firstReady(lane);
    return first !== undefined && isLeftOver(first, now, holdBackMs);
  });
}
