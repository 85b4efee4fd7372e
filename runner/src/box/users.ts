import { readFileSync } from "node:fs";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { BoxUser } from "./box.ts";

/** Users without a name, one for each task at once: the limit of processes counts by user, and so do rights to files. */
export class BoxUsers {
  readonly #first: number;
  readonly #count: number;
  readonly #taken = new Set<number>();

  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
  }

  take(): BoxUser {
    for (let uid = this.#first; uid < this.#first + this.#count; uid++) {
      if (this.#taken.has(uid)) continue;
      this.#taken.add(uid);
      return { uid, gid: uid };
    }
    throw new ReelwayError("runner_error", "more boxes are open than there are slots");
  }

  giveBack({ uid }: BoxUser): void {
    this.#taken.delete(uid);
  }
}

/** A run of numbers that a user namespace has: the first, and the one behind the last. */
type Range = readonly [start: number, end: number];

/** Below are the system's own users; `nobody` and above have meanings of their own. */
const [leastUser, nobody] = [1_000, 65_534];

/**
 * The first of `count` users that this process's user namespace has: `wanted`, or others where a container maps only some.
 * Null where there are not so many.
 */
export function firstUserOf(
  wanted: number,
  count: number,
  maps = [readFileSync("/proc/self/uid_map", "utf8"), readFileSync("/proc/self/gid_map", "utf8")],
): number | null {
  const ranges = maps.map(rangesIn);
  const has = (first: number) =>
    ranges.every((known) => known.some(([start, end]) => start <= first && first + count <= end));
  const highest = ranges.flat().map(([, end]) => Math.min(end, nobody) - count);
  return [wanted, ...highest].find((first) => first >= Math.min(wanted, leastUser) && has(first)) ?? null;
}

/** By user_namespaces(7): the number inside, the number outside, how many. */
function rangesIn(map: string): Range[] {
  const rows = map.trim().split("\n");
  return rows.map((row) => {
    const [start = 0, , length = 0] = row.trim().split(/\s+/).map(Number);
    return [start, start + length];
  });
}
